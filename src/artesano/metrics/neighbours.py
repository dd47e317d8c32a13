"""Separation of the classes by features without training: nearest neighbours."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

BLOCK = 1024  # rows compared at once, so that N x N never exists


def knn_accuracy(features: Tensor, labels: Tensor, k: int = 5) -> float:
    """Leave-one-out accuracy of a vote among the k nearest others by cosine; a tie goes to the nearer side.

    Args:
        features: float [N, D].
        labels: int64 [N].

    Returns:
        Share in [0, 1]; NaN for fewer than two images.
    """
    if len(features) < 2:
        return math.nan
    directions = F.normalize(features.float(), dim=1)
    k = min(k, len(features) - 1)
    right = 0
    for start in range(0, len(directions), BLOCK):
        similarity = directions[start : start + BLOCK] @ directions.T
        own = torch.arange(len(similarity))
        similarity[own, own + start] = -math.inf
        right += int((vote(similarity, labels, k) == labels[start : start + BLOCK]).sum())
    return right / len(features)


def nearest_accuracy(known: Tensor, labels: Tensor, others: Tensor, wanted: Tensor, k: int = 5) -> float:
    """Accuracy on other images of a vote among the k nearest known ones by cosine; a tie goes to the nearer side.

    Args:
        known, others: float [N, D], [M, D].
        labels, wanted: int64 [N], [M].
    """
    directions = F.normalize(known.float(), dim=1)
    right = 0
    for start in range(0, len(others), BLOCK):
        similarity = F.normalize(others[start : start + BLOCK].float(), dim=1) @ directions.T
        right += int((vote(similarity, labels, k) == wanted[start : start + BLOCK]).sum())
    return right / len(others)


def vote(similarity: Tensor, labels: Tensor, k: int) -> Tensor:
    """The label int64 [M] that most of the k most similar of N images have; float [M, N] and int64 [N]."""
    near = similarity.topk(min(k, similarity.shape[1]), dim=1)
    # one vote each, plus a thousandth of the similarity: it can only break ties
    votes = torch.zeros(len(similarity), int(labels.max()) + 1)
    return votes.scatter_add_(1, labels[near.indices], 1 + near.values / 1000).argmax(1)
