"""Temperature scaling: one number that makes probabilities as sure as they are right."""

from __future__ import annotations

import math

import torch
from torch import Tensor

LIMIT = math.log(100)  # of the logarithm of a temperature
HALVINGS = 60


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """The temperature T at which softmax(logits / T) has the lowest negative log-likelihood (Guo et al. 2017,
    arXiv 1706.04599, section 4.2). It changes no answer, only how sure it is.

    The likelihood has a prior: log T is normal with mean 0 and variance 1, which counts less than one image. Where
    all images are right T would go to 0 without it. The derivative by log(1 / T) is negative below the minimum and
    positive above, so halving an interval finds it.

    Args:
        logits: [N, K], N >= 1, of images that were not trained on.
        labels: int64 [N] in 0..K-1.

    Returns:
        above 1 for a network that is too sure, below 1 for one that is not sure enough; from 0.01 to 100.
    """
    logits = logits.double()
    true = logits.gather(1, labels.long()[:, None]).mean()
    low, high = -LIMIT, LIMIT
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        factor = math.exp(middle)  # 1 / T
        expected = (torch.softmax(logits * factor, 1) * logits).sum(1).mean()
        slope = factor * float(expected - true) + middle / len(logits)
        low, high = (low, middle) if slope > 0 else (middle, high)
    return math.exp(-(low + high) / 2)
