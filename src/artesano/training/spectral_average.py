"""Spectral norm in an averaged network: its vectors follow the averaged weights.

A layer divides its weight by u W v, with u and v near the first singular vectors. Their averages over the steps are
shorter than 1, so that the averaged layer would divide by too little; and in eval mode nothing corrects them.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.utils.parametrizations import _SpectralNorm
from torch.nn.utils.parametrize import ParametrizationList


@torch.no_grad()
def follow(averaged: nn.Module, trained: nn.Module) -> None:
    """One power iteration on each averaged weight with spectral norm; layers that are frozen stay as they are.

    Args:
        averaged, trained: networks of one structure; what is frozen in `trained` is in eval mode.
    """
    for own, other in zip(averaged.modules(), trained.modules(), strict=True):
        if isinstance(own, ParametrizationList) and isinstance(own[0], _SpectralNorm) and other.training:
            own.train()
            with torch.autocast(own.original.device.type, enabled=False):
                own()
            own.eval()
