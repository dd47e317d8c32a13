"""ESRGAN's generator: residual in residual dense blocks (Wang et al. 2018, arXiv 1809.00219, section 3.1)."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from artesano.gan.networks.activations import Activation, activation_layer
from artesano.gan.networks.chain import Chain
from artesano.gan.networks.image.halo import convolution
from artesano.gan.networks.image.over_bicubic import OverBicubic
from artesano.gan.networks.resampling import Upsample
from artesano.gan.networks.weights import Init

SHARE = 0.2
"""Of a residual that is added, so that many of them stay stable (beta in figure 4)."""
CONVOLUTIONS = 5
"""Of a dense block."""
DENSE_BLOCKS = 3
"""Of an RRDB."""


class DenseBlock(nn.Module):
    """x + SHARE * the last of five convolutions, each of which reads x and all that those before it made.

    Args:
        width: channels of x.
        growth: channels that each convolution but the last adds.
    """

    def __init__(self, width: int, growth: int, activation: Activation):
        super().__init__()
        inputs = [width + made * growth for made in range(CONVOLUTIONS)]
        outputs = [growth] * (CONVOLUTIONS - 1) + [width]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, 3, padding=1) for before, after in zip(inputs, outputs, strict=True)
        )
        self.activation = activation_layer(activation)

    def forward(self, x: Tensor) -> Tensor:
        *hidden, last = self.convolutions
        seen = x
        for convolve in hidden:
            seen = torch.cat([seen, self.activation(convolve(seen))], 1)
        return x + SHARE * last(seen)


class ResidualOfDenseBlocks(nn.Module):
    """x + SHARE * dense blocks(x)."""

    def __init__(self, width: int, growth: int, activation: Activation):
        super().__init__()
        self.blocks = nn.Sequential(*[DenseBlock(width, growth, activation) for _ in range(DENSE_BLOCKS)])

    def forward(self, x: Tensor) -> Tensor:
        return x + SHARE * self.blocks(x)


class Generator(OverBicubic):
    """RRDBs at the source's size, then upsampling; what comes out is added to the bicubic enlargement.

    Args:
        width: channels between the blocks (the paper has 64).
        growth: channels that each convolution of a dense block adds (32).
        blocks: RRDBs of three dense blocks (23).
        image_size: not read: any size goes through. The other arguments of this group come from the data too.

    Raises:
        BadInput: `scale` is not 2, 3, 4 or 8, or source and target differ in their channels.
    """

    def __init__(
        self,
        *,
        width: Annotated[int, Field(ge=1)] = 32,
        growth: Annotated[int, Field(ge=1)] = 16,
        blocks: Annotated[int, Field(ge=1)] = 2,
        activation: Activation = "relu",
        upsample: Upsample = "nearest",
        init: Init = "default",
        conditioning: Literal["none", "concat"] = "none",
        in_channels: int,
        out_channels: int,
        image_size: int,
        scale: int,
        num_classes: int,
    ):
        def trunk() -> Chain:
            residuals = [ResidualOfDenseBlocks(width, growth, activation) for _ in range(blocks)]
            return Chain(*residuals, nn.Conv2d(width, width, 3, padding=1))

        super().__init__(
            trunk,
            [convolution(3)] * (CONVOLUTIONS * DENSE_BLOCKS * blocks + 1),
            width=width,
            activation=activation,
            upsample=upsample,
            init=init,
            conditioning=conditioning,
            in_channels=in_channels,
            out_channels=out_channels,
            num_classes=num_classes,
            scale=scale,
        )
