"""The networks of a GAN from images: one direction, or two that also reconstruct each other's input (CycleGAN)."""

# No `from __future__ import annotations`: the annotations are the schema that YAML values are validated against.

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field
from torch import Tensor, nn

from artesano.data.batches import Pairs
from artesano.gan.adversarial_networks import AdversarialNetworks


@dataclass(frozen=True)
class ImageToImageOptions:
    """`image_to_image.*`.

    Args:
        kind: the application; it decides how results are measured and drawn.
        sees_source: the discriminator gets the source beside the image, as further channels (pix2pix).
        cycle: a second generator and discriminator learn the opposite direction, B2A (CycleGAN).
        adversarial_weight: of the generator's adversarial loss beside the terms; 0 = no discriminator (an ablation).
    """

    kind: Literal["restoration", "translation", "inpainting"] = "translation"
    sees_source: bool = False
    cycle: bool = False
    adversarial_weight: Annotated[float, Field(ge=0)] = 1.0

    @staticmethod
    def needs(values: Mapping[str, Any]) -> tuple[str, ...]:
        """What the GAN must give; `values` as in the config."""
        beside = values.get("sees_source") or values.get("cycle")
        of_kind = {"inpainting": ("mask",), "restoration": ("every_pixel",)}.get(values.get("kind", ""), ())
        return of_kind + (("source",) if beside else ())


@dataclass
class DirectionBatch:
    """The tensors of one step in one direction.

    networks: those of the direction.
    source: float [N, Cs, h, w], the generator's input.
    real: float [N, C, H, W], the targets, or images of the target domain where the data have no pairs.
    fake: float [N, C, H, W], with the generator's graph.
    labels: int64 [N].
    reconstructed: the source again, made from the fake by the other generator.
    identity: what the generator makes of `real`.
    """

    networks: AdversarialNetworks
    source: Tensor
    real: Tensor
    fake: Tensor
    labels: Tensor
    reconstructed: Tensor | None = None
    identity: Tensor | None = None

    @property
    def shown(self) -> Tensor | None:
        """The source, where a discriminator can see it beside the image: both have one size (never in SR)."""
        return self.source if self.source.shape[-2:] == self.real.shape[-2:] else None


class ImageToImageNetworks(nn.Module):
    """Networks of one direction: super-resolution, paired translation, inpainting.

    Args:
        a2b: source -> target.
        b2a: target -> source, in `CycleNetworks`.
    """

    b2a: AdversarialNetworks | None

    def __init__(self, a2b: AdversarialNetworks, b2a: AdversarialNetworks | None = None):
        super().__init__()
        self.a2b = a2b
        self.b2a = b2a

    @property
    def by_direction(self) -> dict[str, AdversarialNetworks]:
        """`a2b` and, if there is one, `b2a`."""
        return {"a2b": self.a2b} | ({} if self.b2a is None else {"b2a": self.b2a})

    def generators(self) -> nn.ModuleDict:
        """The generators by direction: what is averaged, measured and shipped."""
        return nn.ModuleDict({name: networks.generator for name, networks in self.by_direction.items()})

    def discriminators(self) -> nn.ModuleList:
        return nn.ModuleList(networks.discriminator for networks in self.by_direction.values())

    def directions(self, batch: Pairs) -> list[DirectionBatch]:
        """One for each direction, the generators' graphs included."""
        fake = self.a2b.generator(batch.source, batch.labels)
        return [DirectionBatch(self.a2b, batch.source, batch.target, fake, batch.labels)]


class CycleNetworks(ImageToImageNetworks):
    """Networks of both directions, learnt without pairs (CycleGAN; Zhu et al. 2017, arXiv 1703.10593)."""

    def directions(self, batch: Pairs) -> list[DirectionBatch]:
        assert self.b2a is not None
        a2b, b2a = self.a2b.generator, self.b2a.generator
        a, b, labels = batch.source, batch.target, batch.labels
        fake_b, fake_a = a2b(a, labels), b2a(b, labels)
        reconstructed_a, identity_b = b2a(fake_b, labels), self.identity(self.a2b, a, b, labels)
        reconstructed_b, identity_a = a2b(fake_a, labels), self.identity(self.b2a, b, a, labels)
        return [
            DirectionBatch(self.a2b, a, b, fake_b, labels, reconstructed_a, identity_b),
            DirectionBatch(self.b2a, b, a, fake_a, labels, reconstructed_b, identity_a),
        ]

    @staticmethod
    def identity(networks: AdversarialNetworks, source: Tensor, target: Tensor, labels: Tensor) -> Tensor | None:
        """The generator on images of its target domain; None where no term needs it or the channels differ."""
        needed = source.shape[1] == target.shape[1] and any(term.needs_identity for term in networks.terms)
        return networks.generator(target, labels) if needed else None
