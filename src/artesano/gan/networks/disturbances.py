"""Randomness of a generator besides z: dropout (Isola et al. 2017, at test too) and noise (Zhao et al. 2017)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class DropoutAtTest(nn.Module):
    """Dropout that `eval()` does not turn off (pix2pix, arXiv 1611.07004, section 3.2.1)."""

    def __init__(self, share: float):
        super().__init__()
        self.share = share

    def forward(self, x: Tensor) -> Tensor:
        return F.dropout(x, self.share, training=True)


class GaussianNoise(nn.Module):
    """Adds N(0, std) to a hidden layer in training (EBGAN, arXiv 1609.03126); sampling stays a function of z."""

    def __init__(self, std: float):
        super().__init__()
        self.std = std

    def forward(self, x: Tensor) -> Tensor:
        return x + self.std * torch.randn_like(x) if self.training else x


def disturbances(dropout: float, at_test: bool, noise: float) -> list[nn.Module]:
    """The layers to put behind an activation; none of them when both are 0."""
    layers: list[nn.Module] = []
    if dropout > 0:
        layers.append(DropoutAtTest(dropout) if at_test else nn.Dropout(dropout))
    if noise > 0:
        layers.append(GaussianNoise(noise))
    return layers
