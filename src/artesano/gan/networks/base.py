"""Base classes of generators and discriminators.

A net is one class: its constructor fills `layers` (and `heads`) and calls `finish`.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from artesano.gan.discriminator_output import DiscriminatorOutput
from artesano.gan.networks.chain import Chain
from artesano.gan.networks.heads import DiscriminatorConditioning, Heads
from artesano.gan.networks.norms import Norm, spectral
from artesano.gan.networks.virtual_batch import ROWS, ReferenceBatch
from artesano.gan.networks.weights import Init, initialise

GeneratorConditioning = Literal["none", "concat", "batch_norm"]

EMBEDDING = 16
"""Length of the label's embedding where it is concatenated: small, as in ganhacks tip 16."""


def finish(net: nn.Module, *, init: Init = "default", norm: Norm = "none") -> None:
    """Initialise the weights, then add spectral norm, which starts from them."""
    initialise(net, init)
    if norm == "spectral":
        spectral(net)


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

    Attributes:
        inputs: channels that the first of `layers` gets, the label's planes included.
    """

    layers: nn.Module
    heads: Heads

    def __init__(
        self,
        *shape: int,
        conditioning: DiscriminatorConditioning,
        num_classes: int,
        norm: Norm = "none",
    ):
        super().__init__()
        planes = conditioning == "channels"
        self.embedding = nn.Embedding(num_classes, EMBEDDING) if planes else None
        self.inputs = shape[0] + EMBEDDING * planes
        self.reference = ReferenceBatch(*shape) if norm == "virtual_batch" else None

    def hidden(self, images: Tensor, labels: Tensor | None) -> Tensor:
        """The last hidden layer, [N, F]."""
        if self.reference is not None:
            images, labels = self.reference(images, labels)
        if self.embedding is not None:
            images = self.with_label(images, labels)
        features = self.layers(images).flatten(1)
        return features if self.reference is None else features[ROWS:]

    def with_label(self, images: Tensor, labels: Tensor | None) -> Tensor:
        """[N, C, ...] -> [N, C + EMBEDDING, ...]: the label's embedding, the same at every pixel."""
        assert self.embedding is not None
        return with_planes(images, self.embedding(labels))

    def forward(self, images: Tensor, labels: Tensor | None = None) -> DiscriminatorOutput:
        return self.heads(self.hidden(images, labels), labels)
