"""Who plays against whom on a batch of pairs: one pair of networks, or two that also undo each other's work."""

# No `from __future__ import annotations`: the annotations are the schema that YAML values are validated against.

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn

from artesano.data.batches import Pairs
from artesano.gan.adversarial_networks import AdversarialNetworks


@dataclass(frozen=True)
class ImageToImageOptions:
    """What kind of game it is: `game.*`.

    Args:
        kind: what is made of the images, and so how a result is measured and drawn.
        sees_source: the discriminator is shown the source beside the image, so that it judges the pair (pix2pix).
        cycle: a second pair learns the way back.
        adversarial_weight: of the generator's adversarial loss beside the terms; 0 = no adversary: the ablation.
    """

    kind: Literal["restoration", "translation", "inpainting"] = "translation"
    sees_source: bool = False
    cycle: bool = False
    adversarial_weight: Annotated[float, Field(ge=0)] = 1.0


@dataclass
class DirectionBatch:
    """What one pair has before it in a step.

    source: float [N, Cs, h, w], what the fakes are made from.
    real: float [N, C, H, W], the wanted images, or only images of the wanted kind.
    fake: float [N, C, H, W], with the generator's graph.
    labels: int64 [N].
    cycled: the source again, from the fake by the other generator.
    same: what the generator makes of `real`.
    """

    networks: AdversarialNetworks
    source: Tensor
    real: Tensor
    fake: Tensor
    labels: Tensor
    cycled: Tensor | None = None
    same: Tensor | None = None

    def __post_init__(self) -> None:
        # A discriminator can look at both only where they have one size (never in super-resolution).
        self.shown = self.source if self.source.shape[-2:] == self.real.shape[-2:] else None


class ImageToImageNetworks(nn.Module):
    """One pair: super-resolution, paired translation, inpainting.

    Args:
        forth: source -> target.
        back: target -> source, for games that need it.
    """

    b2a: AdversarialNetworks | None

    def __init__(self, a2b: AdversarialNetworks, b2a: AdversarialNetworks | None = None):
        super().__init__()
        self.a2b = a2b
        self.b2a = b2a

    @property
    def pairs(self) -> list[AdversarialNetworks]:
        return [networks for networks in (self.a2b, self.b2a) if networks is not None]

    def generators(self) -> nn.ModuleDict:
        """The generators by direction: what is averaged, measured and shipped."""
        named = {"a2b": self.a2b, "b2a": self.b2a}
        return nn.ModuleDict({name: networks.generator for name, networks in named.items() if networks is not None})

    def discriminators(self) -> nn.ModuleList:
        return nn.ModuleList(networks.discriminator for networks in self.pairs)

    def directions(self, batch: Pairs) -> list[DirectionBatch]:
        """One for each pair, the generators' graphs included."""
        assert batch.source is not None
        fake = self.a2b.generator(batch.source, batch.labels)
        return [DirectionBatch(self.a2b, batch.source, batch.target, fake, batch.labels)]


class CycleNetworks(ImageToImageNetworks):
    """Two pairs, there and back, without partners in the data (CycleGAN; Zhu et al. 2017, arXiv 1703.10593)."""

    def directions(self, batch: Pairs) -> list[DirectionBatch]:
        assert batch.source is not None
        assert self.b2a is not None
        a2b, b2a = self.a2b.generator, self.b2a.generator
        a, b, labels = batch.source, batch.target, batch.labels
        fake_b, fake_a = a2b(a, labels), b2a(b, labels)
        alike = a.shape[1] == b.shape[1]
        there = DirectionBatch(
            self.a2b, a, b, fake_b, labels, b2a(fake_b, labels), self.unchanged(self.a2b, b, labels, alike)
        )
        return [
            there,
            DirectionBatch(
                self.b2a, b, a, fake_a, labels, a2b(fake_a, labels), self.unchanged(self.b2a, a, labels, alike)
            ),
        ]

    @staticmethod
    def unchanged(networks: AdversarialNetworks, images: Tensor, labels: Tensor, alike: bool) -> Tensor | None:
        """The generator on images that are what it shall make already; not computed where no term asks for it."""
        wanted = alike and any(term.needs_identity for term in networks.terms)
        return networks.generator(images, labels) if wanted else None
