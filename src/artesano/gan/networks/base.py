"""Base classes of generators and discriminators.

A net is one class: its constructor fills `layers` (and `heads`) and calls `finish`.
"""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from artesano.errors import BadInput
from artesano.gan.discriminator_output import DiscriminatorOutput
from artesano.gan.networks.chain import Chain
from artesano.gan.networks.heads import DiscriminatorConditioning, Heads
from artesano.gan.networks.norms import Norm, spectral, weight
from artesano.gan.networks.virtual_batch import ROWS, ReferenceBatch
from artesano.gan.networks.weights import Init, initialise

GeneratorConditioning = Literal["none", "concat", "batch_norm"]
Pac = Annotated[int, Field(ge=1)]

EMBEDDING = 16
"""Length of the label's embedding where it is concatenated: small, as in ganhacks tip 16."""


def finish(net: nn.Module, *, init: Init = "default", norm: Norm = "none") -> None:
    """Initialise the weights, then add spectral or weight norm, which start from them."""
    initialise(net, init)
    if norm == "spectral":
        spectral(net)
    elif norm == "weight":
        weight(net)


def with_planes(images: Tensor, label: Tensor) -> Tensor:
    """float [N, C, ...], [N, E] -> [N, C + E, ...]: the label's numbers, the same at every pixel."""
    planes = label.to(images.dtype).view(*label.shape, *[1] * (images.ndim - 2)).expand(-1, -1, *images.shape[2:])
    return torch.cat([images, planes], 1)


class NoiseToImage(nn.Module):
    """z float [N, latent_dim], labels int64 [N] or None -> images float [N, channels, size, size].

    Attributes:
        inputs: what the first of `layers` gets: latent_dim, plus the label's embedding with `concat`.
    """

    layers: Chain

    def __init__(
        self,
        *,
        conditioning: GeneratorConditioning,
        latent_dim: int,
        num_classes: int,
        norm: Norm = "none",
    ):
        super().__init__()
        concat = conditioning == "concat"
        self.embedding = nn.Embedding(num_classes, EMBEDDING) if concat else None
        self.inputs = latent_dim + EMBEDDING * concat
        self.reference = ReferenceBatch(latent_dim) if norm == "virtual_batch" else None

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        if self.reference is not None:
            z, labels = self.reference(z, labels)
        if self.embedding is not None:
            z = torch.cat([z, self.embedding(labels).to(z.dtype)], 1)
        images = self.layers(z, labels)
        return images if self.reference is None else images[ROWS:]


class BaseDiscriminator(nn.Module):
    """Images float [N, channels, size, size], labels int64 [N] or None -> DiscriminatorOutput.

    With `pac` above 1 it judges packs of so many images, one after the other in the batch, all channels of a pack side
    by side (PacGAN; Lin et al. 2018, arXiv 1712.04086): the fields of its output have N / pac rows.

    Attributes:
        inputs: channels that the first of `layers` gets: those of a pack, and the planes of its labels.

    Raises:
        BadInput: a pack of several images with a head for the label of one.
    """

    layers: nn.Module
    heads: Heads

    def __init__(
        self,
        *shape: int,
        conditioning: DiscriminatorConditioning,
        num_classes: int,
        norm: Norm = "none",
        pac: int = 1,
    ):
        super().__init__()
        if pac > 1 and conditioning in ("projection", "classes"):
            raise BadInput(
                f"hacks.pac={pac}: conditioning.discriminator={conditioning} needs one label for each logit, and a "
                f"pack has {pac}; accepted: hacks.pac=1, or conditioning=none or concat"
            )
        self.pac = pac
        planes = conditioning == "channels"
        self.embedding = nn.Embedding(num_classes, EMBEDDING) if planes else None
        self.inputs = pac * (shape[0] + EMBEDDING * planes)
        virtual = norm == "virtual_batch"
        self.reference = ReferenceBatch(pac * shape[0], *shape[1:], labels=pac) if virtual else None

    @property
    def reads_labels(self) -> bool:
        """Are labels conditions of its judgement?"""
        heads = getattr(self, "heads", None)
        return self.embedding is not None or (heads is not None and heads.projection is not None)

    def packed(self, images: Tensor, labels: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """[N, C, ...] and [N] -> [N / pac, pac * C, ...] and [N / pac, pac]; as they are with pac = 1.

        Raises:
            BadInput: `pac` does not divide N.
        """
        if self.pac == 1:
            return images, labels
        if len(images) % self.pac:
            raise BadInput(f"hacks.pac={self.pac}: does not divide a batch of {len(images)} images")
        packs = images.reshape(-1, self.pac * images.shape[1], *images.shape[2:])
        return packs, None if labels is None else labels.reshape(-1, self.pac)

    def hidden(self, images: Tensor, labels: Tensor | None) -> Tensor:
        """The last hidden layer of packs of images, [N, F]."""
        if self.reference is not None:
            images, labels = self.reference(images, labels)
        if self.embedding is not None:
            images = self.with_label(images, labels)
        features = self.layers(images).flatten(1)
        return features if self.reference is None else features[ROWS:]

    def with_label(self, images: Tensor, labels: Tensor | None) -> Tensor:
        """[N, C, ...] -> [N, C + pac * EMBEDDING, ...]: the labels' embeddings, the same at every pixel."""
        assert self.embedding is not None
        return with_planes(images, self.embedding(labels).flatten(1))

    def forward(self, images: Tensor, labels: Tensor | None = None) -> DiscriminatorOutput:
        images, labels = self.packed(images, labels)
        return self.heads(self.hidden(images, labels), labels)
