"""Metrics of generated points whose true distribution is known."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from artesano.metrics.modes import mode_metrics

NEAR = 3.0  # standard deviations around a mode within which a sample is of high quality
BLOCK = 1024  # rows compared at once


def mixture_metrics(points: Tensor, centres: Tensor, sd: float) -> dict[str, float]:
    """How well samples cover a mixture of K Gaussians of equal weights.

    Args:
        points: float [N, 2].
        centres: float [K, 2], of the Gaussians.
        sd: standard deviation of each Gaussian, in either direction.

    Returns:
        - `high_quality`: share of the samples within 3 sd of the nearest centre (VEEGAN: Srivastava et al. 2017,
          arXiv 1705.07761); of the true distribution 1 - exp(-4.5) = 0.989.
        - `modes`: modes captured, the nearest of at least one sample of high quality (the same, and PacGAN: Lin et al.
          2018, arXiv 1712.04086).
        - `kl`: of `mode_metrics`, each sample counted at its nearest mode.

        NaN for points that are not finite.
    """
    if not points.isfinite().all():
        return dict.fromkeys(("modes", "high_quality", "kl"), math.nan)
    distances, nearest = torch.cdist(points.double(), centres.double()).min(1)
    good = distances <= NEAR * sd
    return {
        "modes": float(nearest[good].unique().numel()),
        "high_quality": float(good.double().mean()),
        "kl": mode_metrics(nearest, len(centres))["kl"],
    }


def nearest_mode(points: Tensor, centres: Tensor) -> Tensor:
    """int64 [N], the mode of each point."""
    return torch.cdist(points.double(), centres.double()).argmin(1)


def energy_distance(points: Tensor, others: Tensor) -> float:
    """The energy distance of two samples (Székely and Rizzo 2013): sqrt(2 E|X - Y| - E|X - X'| - E|Y - Y'|).

    It is 0 for equal distributions alone; that of two finite samples of one distribution is a little above it.

    Args:
        points, others: float [N, D], [M, D].

    Returns:
        In the root of the units of the points; NaN for points that are not finite.
    """
    if not (points.isfinite().all() and others.isfinite().all()):
        return math.nan
    squared = 2 * _mean_distance(points, others) - _mean_distance(points, points) - _mean_distance(others, others)
    return math.sqrt(max(squared, 0.0))


def _mean_distance(points: Tensor, others: Tensor) -> float:
    """Pairs of a sample with itself count, at 0; summed in float64."""
    others = others.double()
    total = sum(float(torch.cdist(rows.double(), others).sum()) for rows in points.split(BLOCK))
    return total / (len(points) * len(others))
