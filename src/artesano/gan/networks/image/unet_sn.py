"""Real-ESRGAN's discriminator: a U-Net that judges every pixel (Wang et al. 2021, arXiv 2107.10833, section 3.3)."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from artesano.gan.discriminator_output import DiscriminatorOutput
from artesano.gan.networks.activations import Activation, activation_layer
from artesano.gan.networks.base import BaseDiscriminator, finish
from artesano.gan.networks.image.base import without_codes
from artesano.gan.networks.image.padding import padded
from artesano.gan.networks.norms import spectral
from artesano.gan.networks.resampling import Downsample, down
from artesano.gan.networks.weights import Init

HALVINGS = 3


class Discriminator(BaseDiscriminator):
    """Three blocks that halve the side, three that double it (bilinear) and add the map of their size, three more.

    `logits` float [N, H * W], row by row; `features` the deepest map's mean over its pixels, [N, 8 * width]. All layers
    but the first and the last have spectral norm, which is what the net is made of and no option. Any size of image:
    it is mirrored to a multiple of 8.

    Args:
        width: channels at full size; they double with every halving (the paper has 64).

    Raises:
        BadInput: `code_dim` is not 0.
    """

    def __init__(
        self,
        *,
        width: Annotated[int, Field(ge=1)] = 16,
        activation: Activation = "leaky_relu",
        downsample: Downsample = "strided",
        init: Init = "default",
        conditioning: Literal["none", "channels"] = "none",
        image_size: int,
        channels: int,
        num_classes: int,
        code_dim: int = 0,
    ):
        without_codes(code_dim, "unet_sn")
        super().__init__(channels, conditioning=conditioning, num_classes=num_classes)
        widths = [width * 2**level for level in range(HALVINGS + 1)]

        def active(layer: nn.Module) -> nn.Sequential:
            # not in place: the maps are added later
            return nn.Sequential(layer, activation_layer(activation, inplace=False))

        def same(inputs: int, outputs: int) -> nn.Sequential:
            return active(nn.Conv2d(inputs, outputs, 3, padding=1, bias=False))

        self.first = active(nn.Conv2d(self.inputs, width, 3, padding=1))
        self.encoder = nn.ModuleList(
            active(down(downsample, before, after, bias=False)) for before, after in pairwise(widths)
        )
        self.decoder = nn.ModuleList(same(before, after) for before, after in pairwise(widths[::-1]))
        self.smooth = nn.Sequential(same(width, width), same(width, width))
        self.logits = nn.Conv2d(width, 1, 3, padding=1)
        finish(self, init=init)
        for part in (self.encoder, self.decoder, self.smooth):
            spectral(part)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> DiscriminatorOutput:
        height, width = images.shape[-2:]
        images = padded(images, 2**HALVINGS)
        x = self.first(images if self.embedding is None else self.with_label(images, labels))
        maps = []
        for block in self.encoder:
            maps.append(x)
            x = block(x)
        features = x.mean((2, 3))
        for block in self.decoder:
            x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            x = block(x) + maps.pop()
        logits = self.logits(self.smooth(x))[..., :height, :width]
        return DiscriminatorOutput(logits.flatten(1), features)
