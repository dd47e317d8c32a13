"""Halving and doubling (or tripling) the side of a feature map, each together with its convolution."""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn

Downsample = Literal["max_pool", "average", "strided"]
Upsample = Literal["nearest", "transposed", "pixel_shuffle"]


class PixelShuffle(nn.Sequential):
    """3x3 convolution to factor^2 times the channels, which become factor^2 px (Shi et al. 2016, arXiv 1609.05158)."""

    def __init__(self, inputs: int, outputs: int, bias: bool, factor: int = 2):
        convolution = nn.Conv2d(inputs, factor**2 * outputs, 3, padding=1, bias=bias)
        super().__init__(convolution, nn.PixelShuffle(factor))
        self.copies = factor**2
        self.repeat_kernels()

    @torch.no_grad()
    def repeat_kernels(self) -> None:
        """ICNR (Aitken et al. 2017, arXiv 1707.02937): the px made of one start equal, without a checkerboard."""
        for parameter in self[0].parameters():
            parameter.copy_(parameter[:: self.copies].repeat_interleave(self.copies, 0))


def _nearest(inputs: int, outputs: int, bias: bool, factor: int) -> nn.Module:
    return nn.Sequential(nn.Upsample(scale_factor=factor), nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias))


def _transposed(inputs: int, outputs: int, bias: bool, factor: int) -> nn.Module:
    return nn.ConvTranspose2d(inputs, outputs, factor + 2, stride=factor, padding=1, bias=bias)


def _strided(inputs: int, outputs: int, bias: bool) -> nn.Module:
    return nn.Conv2d(inputs, outputs, 4, stride=2, padding=1, bias=bias)


def _average(inputs: int, outputs: int, bias: bool) -> nn.Module:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias), nn.AvgPool2d(2))


def _max_pool(inputs: int, outputs: int, bias: bool) -> nn.Module:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias), nn.MaxPool2d(2))


UP = {"nearest": _nearest, "transposed": _transposed, "pixel_shuffle": PixelShuffle}
DOWN = {"strided": _strided, "average": _average, "max_pool": _max_pool}


def up(kind: Upsample, inputs: int, outputs: int, *, bias: bool = True, factor: int = 2) -> nn.Module:
    """[N, inputs, H, W] -> [N, outputs, factor * H, factor * W]."""
    return UP[kind](inputs, outputs, bias, factor)


def down(kind: Downsample, inputs: int, outputs: int, *, bias: bool = True) -> nn.Module:
    """[N, inputs, H, W] -> [N, outputs, H // 2, W // 2]; every kind sees 4x4 px of its input."""
    return DOWN[kind](inputs, outputs, bias)
