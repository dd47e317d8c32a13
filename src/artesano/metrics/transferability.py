"""How well do frozen features suit new classes? Scores that need no training of the backbone.

All take features float [N, D] and labels int64 [N] of classes 0 .. K-1.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from artesano.metrics.neighbours import BLOCK

SAME = 0.9999  # cosine of features of two copies of an image
ROUNDS = 30  # of LogME's fixed point; it settles in about ten
STRENGTHS = tuple(10.0**power for power in range(-3, 4))  # of the ridge, times the mean squared singular value


class RidgeProbe:
    """Linear regression on +-1 targets in closed form, as the few-shot probe of big_vision (fewshot_lsr.py).

    Features are centred and scaled to a mean norm of 1. The strength of the ridge is the one with the best
    leave-one-out accuracy, which costs nothing more (Allen's PRESS; Golub, Heath and Wahba 1979); the smallest squared
    error decides between equal ones. The share of each class stays that of all images: in a small set of equal classes
    the class of the image that is left out would else always be the rarest.
    """

    def __init__(self, features: Tensor, labels: Tensor):
        classes = int(labels.max()) + 1
        features = features.double()
        self.mean = features.mean(dim=0)
        self.scale = (features - self.mean).norm(dim=1).mean().clamp(min=1e-12)
        centred = (features - self.mean) / self.scale
        targets = F.one_hot(labels, classes).double() * 2 - 1
        self.bias = targets.mean(dim=0)
        left, values, right = torch.linalg.svd(centred, full_matrices=False)
        projected = left.T @ (targets - self.bias)
        best = -1.0, -math.inf
        for strength in STRENGTHS:
            shrunk = values**2 / (values**2 + strength * (values**2).mean().clamp(min=1e-12))
            fitted = left @ (shrunk[:, None] * projected)
            leverage = (left**2 * shrunk).sum(dim=1) + 1 / len(features)
            error = (targets - self.bias - fitted) / (1 - leverage.clamp(max=1 - 1e-6))[:, None]
            error = error - (targets - self.bias) / (len(features) - 1)  # what its class lost without it
            accuracy = ((targets - error).argmax(dim=1) == labels).double().mean().item()
            if (accuracy, -float((error**2).sum())) > best:
                best = accuracy, -float((error**2).sum())
                self.weight = right.T @ ((shrunk / values.clamp(min=1e-12))[:, None] * projected)
        self.leave_one_out = best[0]

    def accuracy(self, features: Tensor, labels: Tensor) -> float:
        """On other images of the same classes."""
        logits = (features.double() - self.mean) / self.scale @ self.weight + self.bias
        return (logits.argmax(dim=1) == labels).double().mean().item()


def h_score(features: Tensor, labels: Tensor) -> float:
    """Between-class scatter relative to the covariance of all (Bao et al. 2019, H-score), with the covariance shrunk
    as Ibrahim et al. 2021 (arXiv 2110.06893) do, by Ledoit and Wolf: with fewer images than dimensions it is singular.

    Returns:
        0 (the classes have equal means) to K - 1.
    """
    centred = features.double() - features.double().mean(dim=0)
    count = len(centred)
    means = torch.stack([centred[labels == label].mean(dim=0) for label in labels.unique()])
    weights = torch.stack([(labels == label).double().mean() for label in labels.unique()])
    covariance = centred.T @ centred / count
    level = covariance.diagonal().mean()
    shrinkage = ledoit_wolf(centred, covariance)
    covariance = covariance * (1 - shrinkage)
    covariance.diagonal().add_(shrinkage * level + 1e-12)
    between = means.T @ (weights[:, None] * means) * (1 - shrinkage)
    return float(torch.linalg.solve(covariance, between).diagonal().sum())


def ledoit_wolf(centred: Tensor, covariance: Tensor) -> float:
    """The weight of the identity that is best for this covariance (Ledoit and Wolf 2004, section 3), 0 to 1."""
    count, dimension = centred.shape
    level = covariance.diagonal().mean()
    distance = (covariance**2).sum() - dimension * level**2
    spread = ((centred**2).sum(dim=1) ** 2).sum() / count**2 - (covariance**2).sum() / count
    return float((spread / distance.clamp(min=1e-24)).clamp(0, 1))


def logme(features: Tensor, labels: Tensor) -> float:
    """Log maximum evidence of a Bayesian linear model, per image and class (You et al. 2021, arXiv 2102.11005,
    algorithm 1 with the fixed point of You et al. 2022).

    Returns:
        higher is better; comparable between features of the same images.
    """
    features = features.double()
    count, dimension = features.shape
    left, values, _ = torch.linalg.svd(features, full_matrices=False)
    squared = values**2
    evidence = 0.0
    classes = labels.unique()
    for label in classes:
        target = (labels == label).double()
        projected = (left.T @ target) ** 2
        outside = (target @ target - projected.sum()).clamp(min=0)
        alpha, beta = 1.0, 1.0
        for _ in range(ROUNDS):
            ratio = alpha / beta
            freedom = (squared / (squared + ratio)).sum()
            weight = (squared * projected / (squared + ratio) ** 2).sum()
            residual = (projected / (1 + squared / ratio) ** 2).sum() + outside
            new = float(freedom / weight.clamp(min=1e-24)), float((count - freedom) / residual.clamp(min=1e-24))
            settled = abs(new[0] / new[1] - ratio) <= 1e-3 * ratio
            alpha, beta = new
            if settled:
                break
        ratio = alpha / beta
        weight = (squared * projected / (squared + ratio) ** 2).sum()
        residual = (projected / (1 + squared / ratio) ** 2).sum() + outside
        determinant = torch.log(alpha + beta * squared).sum() + (dimension - len(values)) * math.log(alpha)
        evidence += float(
            dimension * math.log(alpha)
            + count * math.log(beta)
            - count * math.log(2 * math.pi)
            - beta * residual
            - alpha * weight
            - determinant
        ) / (2 * count)
    return evidence / len(classes)


def learning_curve(features: Tensor, labels: Tensor, others: Tensor, wanted: Tensor) -> dict[int, float]:
    """Accuracy on other images of a ridge probe with a quarter and with half of the images of each class.

    Returns:
        {images per class, on average: accuracy}.
    """
    counts = torch.bincount(labels)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    place = torch.empty_like(order)  # of an image among those of its class, in a random order
    for label in range(len(counts)):
        mine = order[labels[order] == label]
        place[mine] = torch.arange(len(mine))
    curve = {}
    for share in (0.25, 0.5):
        some = place < (counts[labels] * share).ceil()
        curve[round(int(some.sum()) / len(counts))] = RidgeProbe(features[some], labels[some]).accuracy(others, wanted)
    return curve


def copies(features: Tensor, others: Tensor) -> int:
    """How many of the other images have the features of one of the first."""
    known = F.normalize(features, dim=1).T
    return sum(int(((F.normalize(some, dim=1) @ known).amax(dim=1) > SAME).sum()) for some in others.split(BLOCK))
