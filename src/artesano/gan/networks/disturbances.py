"""Randomness of hidden layers: dropout (Isola et al. 2017, in a generator at test too) and noise (Zhao et al. 2017)."""

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
    """Adds N(0, std) in training (EBGAN, arXiv 1609.03126; Salimans et al. 2016 in D); in evaluation nothing."""

    def __init__(self, std: float):
        super().__init__()
        self.std = std

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        # of its own layout: `randn_like` fills channels_last seven times slower on a CPU
        return x + self.std * torch.randn(x.shape, dtype=x.dtype, device=x.device)


def disturbances(dropout: float = 0.0, at_test: bool = False, noise: float = 0.0) -> list[nn.Module]:
    """The layers to put behind an activation, or in front of the first layer; none of them when both are 0."""
    layers: list[nn.Module] = []
    if dropout > 0:
        layers.append(DropoutAtTest(dropout) if at_test else nn.Dropout(dropout))
    if noise > 0:
        layers.append(GaussianNoise(noise))
    return layers
