"""PatchGAN: a logit for each patch of the image (Isola et al. 2017, arXiv 1611.07004, section 3.2.2)."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn

from artesano.gan.discriminator_output import DiscriminatorOutput
from artesano.gan.networks.activations import Activation, activation_layer
from artesano.gan.networks.base import BaseDiscriminator, finish
from artesano.gan.networks.image.base import ImageNorm, without_codes
from artesano.gan.networks.image.padding import padded
from artesano.gan.networks.norms import norm_layers
from artesano.gan.networks.resampling import Downsample, down
from artesano.gan.networks.weights import Init


def field(layers: int) -> int:
    """Side in px of what a logit sees: 16, 34, 70, 142, 286 for 1 to 5 layers."""
    side = 1 + 3 + 3
    for _ in range(layers):
        side = 2 * side + 2
    return side


class Discriminator(BaseDiscriminator):
    """Layers that halve the side, one convolution that does not, and one that makes the logits; all see 4x4 px.

    `logits` float [N, patches], row by row; `features` the last hidden map, flattened. Any size of image: what is
    smaller than three patches' steps is mirrored.

    Args:
        width: channels of the first layer; they double, up to 8 times.
        layers: that halve; each patch then has `field(layers)` px.

    Raises:
        BadInput: `code_dim` is not 0.
    """

    def __init__(
        self,
        *,
        width: Annotated[int, Field(ge=1)] = 32,
        layers: Annotated[int, Field(ge=1, le=6)] = 2,
        activation: Activation = "relu",
        downsample: Downsample = "max_pool",
        norm: ImageNorm = "none",
        init: Init = "default",
        conditioning: Literal["none", "channels"] = "none",
        image_size: int,
        channels: int,
        num_classes: int,
        code_dim: int = 0,
    ):
        without_codes(code_dim, "patchgan")
        super().__init__(channels, conditioning=conditioning, num_classes=num_classes)
        self.smallest = 3 * 2**layers
        norms = norm_layers(norm)
        widths = [width * min(2**layer, 8) for layer in range(layers + 1)]
        self.layers = nn.Sequential(down(downsample, self.inputs, width), activation_layer(activation))
        for before, features in pairwise(widths[:-1]):
            normed = norms(features)
            self.layers.append(down(downsample, before, features, bias=not normed))
            self.layers.extend([*normed, activation_layer(activation)])
        normed = norms(widths[-1])
        self.layers.append(nn.Conv2d(widths[-2], widths[-1], 4, padding=1, bias=not normed))
        self.layers.extend([*normed, activation_layer(activation)])
        self.logits = nn.Conv2d(widths[-1], 1, 4, padding=1)
        finish(self, init=init, norm=norm)

    def maps(self, images: Tensor, labels: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """[N, C, H, W] -> the logits [N, 1, h, w], and the last hidden map [N, F, h + 1, w + 1]."""
        images = padded(images, 1, self.smallest)
        hidden = self.layers(images if self.embedding is None else self.with_label(images, labels))
        return self.logits(hidden), hidden

    def forward(self, images: Tensor, labels: Tensor | None = None) -> DiscriminatorOutput:
        logits, hidden = self.maps(images, labels)
        return DiscriminatorOutput(logits.flatten(1), hidden.flatten(1))
