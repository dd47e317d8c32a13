"""Spectral norm in an averaged network: its vectors follow the averaged weights.

A layer divides its weight by u W v, with u and v near the first singular vectors. Their averages over the steps are
shorter than 1, so that the averaged layer would divide by too little; and in eval mode nothing corrects them.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import nn
from torch.nn.utils.parametrizations import _SpectralNorm
from torch.nn.utils.parametrize import ParametrizationList


def spectral_layers(averaged: nn.Module, trained: nn.Module) -> list[tuple[ParametrizationList, nn.Module]]:
    """The weights with spectral norm: in the average, and where they are trained.

    Args:
        averaged, trained: networks of one structure.
    """
    weights = [pair for pair in zip(averaged.modules(), trained.modules(), strict=True) if has_spectral_norm(pair[0])]
    return cast(list[tuple[ParametrizationList, nn.Module]], weights)


def has_spectral_norm(module: nn.Module) -> bool:
    return isinstance(module, ParametrizationList) and isinstance(module[0], _SpectralNorm)


@torch.no_grad()
def follow(layers: list[tuple[ParametrizationList, nn.Module]]) -> None:
    """One power iteration on each averaged weight; what is frozen, in eval mode where it is trained, stays as it is."""
    for own, other in layers:
        if other.training:
            own.train()
            with torch.autocast(own.original.device.type, enabled=False):
                own()
            own.eval()
