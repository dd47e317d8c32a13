"""LPIPS with its learned weights, if the weights of AlexNet are on this machine."""

from __future__ import annotations

import math
import os
from pathlib import Path

import torch
from torch import Tensor
from torchmetrics.image.lpip import LearnedPerceptualImagePatchSimilarity
from torchvision.models import AlexNet_Weights

NAME = "lpips_alex"
SMALLEST = 32  # px of a side that AlexNet's layers need


class Lpips:
    """Perceptual distance with AlexNet (Zhang et al. 2018, arXiv 1801.03924), by torchmetrics.

    torchmetrics brings the learned weights of the comparison, not those of AlexNet; they are never downloaded here and
    never random. Ask `missing_lpips` first.

    Args:
        device: where images will be.
    """

    def __init__(self, device: torch.device | str = "cpu"):
        metric = LearnedPerceptualImagePatchSimilarity(net_type="alex", normalize=True)
        self.network = metric.net.to(device)

    @torch.no_grad()
    def __call__(self, fake: Tensor, real: Tensor) -> Tensor:
        """Distances float [N], 0 for equal images; NaN for images of less than 32 px.

        Args:
            fake, real: float [N, C, H, W] in [0, 1]; one or two channels are repeated, of more than three the first
                three are taken.
        """
        if min(fake.shape[-2:]) < SMALLEST:
            return fake.new_full((len(fake),), math.nan)
        bands = [band % min(fake.shape[1], 3) for band in range(3)]
        return self.network(fake[:, bands].float(), real[:, bands].float(), normalize=True).flatten()


def lpips_path() -> Path:
    """Where torch keeps AlexNet's weights."""
    file = AlexNet_Weights.IMAGENET1K_V1.url.rpartition("/")[2]
    return Path(os.path.expanduser(torch.hub.get_dir())) / "checkpoints" / file


def missing_lpips() -> str | None:
    """The note of a table without LPIPS, which names the missing file; None if it can be measured."""
    path = lpips_path()
    if path.is_file():
        return None
    return f"not measured: needs {path.name} in {path.parent} ({AlexNet_Weights.IMAGENET1K_V1.url})"
