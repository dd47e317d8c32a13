"""Quality and diversity separately: precision, recall, density and coverage, by nearest neighbours.

Our own: the published `prdc` package holds the matrix of all pairs in memory; here it is computed in blocks.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

BLOCK = 1024  # rows compared at once, so that N x M never exists


class PRDC(NamedTuple):
    """Shares in [0, 1]; density alone may exceed 1.

    Attributes:
        precision: fakes inside the ball of some real image: how many look real.
        recall: real images inside the ball of some fake: how much of the data the generator can make.
        density: real balls that a fake lies in, over k; less moved by a single outlier than precision.
        coverage: real images with a fake inside their own ball; less moved by outlying fakes than recall.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def precision_recall(real: Tensor, fake: Tensor, k: int = 5) -> PRDC:
    """Precision and recall (Kynkäänniemi et al. 2019, arXiv 1904.06991), density and coverage (Naeem et al. 2020,
    arXiv 2002.09797), whose ball is open and reaches to the k-th nearest other image of its own kind.

    All four move with the number of images, so compare only equal counts, and give as many real ones as fakes.

    Args:
        real, fake: float [N, D], [M, D].
        k: neighbours that span a ball; at most N - 1 and M - 1 of them.

    Returns:
        Four NaN where a feature is not finite.
    """
    if not (real.isfinite().all() and fake.isfinite().all()):
        return PRDC(*[math.nan] * 4)
    centre = real.mean(0)  # squares of small numbers lose fewer digits when subtracted
    real, fake = (real - centre).float(), (fake - centre).float()
    k = max(1, min(k, len(real) - 1, len(fake) - 1))

    fake_radii = torch.cat([_radii(fake, start, k) for start in range(0, len(fake), BLOCK)])
    balls = torch.zeros(len(fake), dtype=torch.int64)
    recalled = covered = 0
    for start in range(0, len(real), BLOCK):
        distances = _squared(real[start : start + BLOCK], fake)
        inside = distances < _radii(real, start, k)[:, None]
        balls += inside.sum(0)
        covered += int(inside.any(1).sum())
        recalled += int((distances < fake_radii).any(1).sum())
    return PRDC(
        precision=float((balls > 0).double().mean()),
        recall=recalled / len(real),
        density=float(balls.double().mean()) / k,
        coverage=covered / len(real),
    )


def _radii(features: Tensor, start: int, k: int) -> Tensor:
    """Squared distance of a block of rows to the k-th nearest other row."""
    distances = _squared(features[start : start + BLOCK], features)
    own = torch.arange(len(distances))
    distances[own, own + start] = math.inf
    return distances.topk(k, dim=1, largest=False, sorted=False).values.amax(1)  # kthvalue takes five times as long


def _squared(rows: Tensor, others: Tensor) -> Tensor:
    """Squared distances [B, N], whose order is that of the distances."""
    lengths = rows.square().sum(1)[:, None] + others.square().sum(1)
    return torch.addmm(lengths, rows, others.T, alpha=-2).clamp_(min=0)
