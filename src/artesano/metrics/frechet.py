"""The Fréchet distance between two Gaussians, which is FID on Inception features.

Our own, since it compares statistics that are cached on disk; torchmetrics' FID extracts the features itself.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


def moments(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean float64 [D] and unbiased covariance float64 [D, D] of features [N, D]."""
    centred, mean = _centred(features)
    return mean, centred.T @ centred / (len(features) - 1)


def frechet_distance(mean1: Tensor, cov1: Tensor, mean2: Tensor, cov2: Tensor) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), in float64 (Dowson and Landau 1982; Heusel et al. 2017).

    With C = A A^T the trace of the root is the sum of the singular values of A1^T A2. No square root of a matrix is
    taken and nothing is squared, so rank-deficient covariances cost no accuracy and no imaginary part can appear.

    Args:
        mean1, mean2: [D].
        cov1, cov2: [D, D], symmetric positive semidefinite.

    Returns:
        At least 0, in squared units of the features; NaN where anything is not finite.
    """
    if not _finite(mean1, cov1, mean2, cov2):
        return math.nan
    return _distance(mean1.double(), factor(cov1), mean2.double(), factor(cov2))


def frechet_to_samples(mean: Tensor, spread: Tensor, features: Tensor) -> float:
    """The distance between a Gaussian and that of features [N, D].

    Args:
        mean: [D].
        spread: float64 [D, K], a factor of the covariance: of `factor`, or of `spread_of` other features.
    """
    if not _finite(mean, spread, features):
        return math.nan
    return _distance(mean.double(), spread, features.double().mean(0), spread_of(features))


def spread_of(features: Tensor) -> Tensor:
    """A float64 with A A^T = the covariance of features [N, D].

    With fewer samples than dimensions the samples are themselves a factor: [D, N] instead of [D, D], which is what
    makes 1,000 samples of 1,280 dimensions cheap enough to be measured while training.
    """
    spread = _centred(features)[0].T / math.sqrt(len(features) - 1)
    return spread if len(features) <= features.shape[1] else factor(spread @ spread.T)


def factor(covariance: Tensor) -> Tensor:
    """A float64 [D, D] with A A^T = covariance: Cholesky's, or from the eigenvectors where the rank is deficient."""
    covariance = covariance.double()
    triangle, failed = torch.linalg.cholesky_ex(covariance)
    if not failed:
        return triangle
    if not _finite(covariance):  # has no eigenvectors
        return covariance
    values, vectors = torch.linalg.eigh(covariance)
    return vectors * values.clamp(min=0).sqrt()


def _distance(mean1: Tensor, factor1: Tensor, mean2: Tensor, factor2: Tensor) -> float:
    overlap = torch.linalg.svdvals(factor1.T @ factor2).sum()
    distance = (mean1 - mean2).square().sum() + factor1.square().sum() + factor2.square().sum() - 2 * overlap
    return max(0.0, float(distance))


def _centred(features: Tensor) -> tuple[Tensor, Tensor]:
    features = features.double()
    mean = features.mean(0)
    return features - mean, mean


def _finite(*tensors: Tensor) -> bool:
    return all(bool(tensor.isfinite().all()) for tensor in tensors)
