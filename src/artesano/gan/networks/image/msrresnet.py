"""MSRResNet as BasicSR publishes it: SRResNet without BatchNorm over a bilinear enlargement (arXiv 1609.04802)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from artesano.gan.networks.base import finish
from artesano.gan.networks.image.halo import convolution, enlarging, halo
from artesano.gan.networks.image.published import Published, Tensors, numbered
from artesano.gan.networks.weights import Init

SLOPE = 0.1
"""Of the LeakyReLUs outside of the blocks."""
FACTORS = {2: [2], 3: [3], 4: [2, 2]}


class Block(nn.Module):
    """x + convolution(ReLU(convolution(x))), float [N, width, H, W]."""

    def __init__(self, width: int):
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv2(F.relu(self.conv1(x)))


class Generator(Published):
    """Convolution, residual blocks, pixel shuffles, two convolutions; what comes out is added to the bilinear image.

    Args:
        width: channels of every hidden layer (the published have 64).
        blocks: residual blocks of two 3x3 convolutions (16).
        upsample: what the original does.
        image_size, num_classes: not read.

    Raises:
        BadInput: `scale` is not 2, 3 or 4.
    """

    original = "MSRResNet of BasicSR"
    program = "basicsr"
    scales = tuple(FACTORS)

    def __init__(
        self,
        *,
        width: Annotated[int, Field(ge=1)] = 64,
        blocks: Annotated[int, Field(ge=1)] = 16,
        upsample: Literal["pixel_shuffle"] = "pixel_shuffle",
        init: Init = "default",
        conditioning: Literal["none"] = "none",
        in_channels: int,
        out_channels: int,
        image_size: int,
        scale: int,
        num_classes: int,
    ):
        self.check_scale(scale)
        shuffled = [enlarging("pixel_shuffle", factor) for factor in FACTORS[scale]]
        steps = [*[convolution(3)] * (2 * blocks + 1), *shuffled, convolution(3), convolution(3)]
        super().__init__(
            conditioning=conditioning,
            in_channels=in_channels,
            out_channels=out_channels,
            num_classes=num_classes,
            scale=scale,
            halo=halo(steps, scale=scale),
        )
        self.conv_first = nn.Conv2d(in_channels, width, 3, padding=1)
        self.body = nn.Sequential(*[Block(width) for _ in range(blocks)])
        for number, factor in enumerate(FACTORS[scale], 1):
            self.add_module(f"upconv{number}", nn.Conv2d(width, factor**2 * width, 3, padding=1))
        self.conv_hr = nn.Conv2d(width, width, 3, padding=1)
        self.conv_last = nn.Conv2d(width, out_channels, 3, padding=1)
        finish(self, init=init)

    def inner(self, source: Tensor, labels: Tensor | None) -> Tensor:
        x = self.body(F.leaky_relu(self.conv_first(source), SLOPE))
        for number, factor in enumerate(FACTORS[self.scale], 1):
            x = F.pixel_shuffle(self.get_submodule(f"upconv{number}")(x), factor)
            x = F.leaky_relu(x, SLOPE)
        x = self.conv_last(F.leaky_relu(self.conv_hr(x), SLOPE))
        return x + F.interpolate(source, scale_factor=self.scale, mode="bilinear")

    @classmethod
    def architecture(cls, tensors: Tensors) -> dict[str, Any] | None:
        if not {"body.0.conv1.weight", "upconv1.weight", "conv_first.weight", "conv_last.weight"} <= tensors.keys():
            return None
        width, channels = tensors["conv_first.weight"].shape[:2]
        factor = round((tensors["upconv1.weight"].shape[0] / width) ** 0.5)
        return {
            "width": width,
            "blocks": numbered(r"body\.(\d+)\.", tensors),
            "in_channels": channels,
            "out_channels": tensors["conv_last.weight"].shape[0],
            "scale": 4 if "upconv2.weight" in tensors else factor,
        }
