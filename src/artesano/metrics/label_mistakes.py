"""Which labels are likely wrong: confident learning (Northcutt, Jiang and Chuang 2021, arXiv 1911.00068) on features.

All take labels int64 [N] of classes 0 .. K-1.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

FOLDS = 5
STRENGTHS = (1e-3, 1e-2, 1e-1)  # of the pull towards 0, on features of unit variance
ITERATIONS = 30  # of L-BFGS


def out_of_fold(features: Tensor, labels: Tensor, folds: int = FOLDS) -> Tensor:
    """Class probabilities of each image by a logistic regression on the others: it has not seen the image's own label.

    The pull is the one under which the left-out labels are the most likely.

    Args:
        features: float [N, D].

    Returns:
        float64 [N, K]; rows sum to 1.
    """
    features = (features - features.mean(dim=0)) / features.std(dim=0).clamp(min=1e-6)
    place, classes = folds_of(labels, folds), int(labels.max()) + 1
    best, chosen = math.inf, None
    for strength in STRENGTHS:
        logits = torch.empty(len(labels), classes, dtype=torch.float64)
        for fold in place.unique():
            out = place == fold
            weight, bias = logistic_regression(features[~out], labels[~out], classes, strength)
            logits[out] = (features[out] @ weight + bias).double()
        if (loss := F.cross_entropy(logits, labels).item()) < best:
            best, chosen = loss, logits
    assert chosen is not None
    return chosen.softmax(dim=1)


def folds_of(labels: Tensor, folds: int) -> Tensor:
    """int64 [N]: the fold of each image; every class is spread evenly over all of them, in a seeded order."""
    place = torch.empty_like(labels)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    for label in labels.unique():
        rows = order[labels[order] == label]
        place[rows] = (torch.arange(len(rows)) + int(label)) % folds
    return place


def logistic_regression(features: Tensor, labels: Tensor, classes: int, strength: float) -> tuple[Tensor, Tensor]:
    """Weight [D, K] and bias [K] of the least cross entropy + strength / 2 * |weight|^2."""
    weight = torch.zeros(features.shape[1], classes, requires_grad=True)
    bias = torch.zeros(classes, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=ITERATIONS, line_search_fn="strong_wolfe")

    def closure() -> float:
        optimizer.zero_grad()
        loss = F.cross_entropy(features @ weight + bias, labels) + strength / 2 * weight.square().sum()
        loss.backward()
        return loss.item()

    optimizer.step(closure)
    return weight.detach(), bias.detach()


def confident_classes(probabilities: Tensor, labels: Tensor) -> Tensor:
    """int64 [N]: the class that each image is confidently of; -1 = of none.

    An image is confidently of a class whose probability is at least the mean one that images labelled so have; of
    several such classes the most likely (the confident joint of section 3.1). A label is suspected where the image is
    confidently of another class.
    """
    counts = torch.bincount(labels, minlength=probabilities.shape[1])
    own = probabilities.gather(1, labels[:, None]).squeeze(1)
    sums = torch.zeros(probabilities.shape[1], dtype=probabilities.dtype).index_add_(0, labels, own)
    thresholds = torch.where(counts > 0, sums / counts.clamp(min=1), math.inf)
    above = probabilities.where(probabilities >= thresholds, -1.0)
    return torch.where(above.amax(dim=1) > 0, above.argmax(dim=1), -1)


def suspicious_first(probabilities: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """int64 [N], all rows, suspected labels first and then by how far the label's probability is below the most likely
    other class; and bool [N], which labels are suspected, in the order of the images."""
    confident = confident_classes(probabilities, labels)
    suspected = (confident >= 0) & (confident != labels)
    own = probabilities.gather(1, labels[:, None]).squeeze(1)
    others = probabilities.scatter(1, labels[:, None], -1.0).amax(dim=1)
    margin = own - others
    order = torch.argsort(margin - 2.0 * suspected, stable=True)
    return order, suspected
