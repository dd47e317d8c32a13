"""Metrics by a classifier: accuracy of the requested class, diversity within a class, purity of codes."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from artesano.seeding import generator


def inception_score(logits: Tensor, splits: int = 1) -> float:
    """exp(mean KL(p(y|x) || p(y))) (Salimans et al. 2016, arXiv 1606.03498): 1 to K, K = confident and diverse.

    Args:
        logits: float [N, K].
        splits: parts that are scored on their own and averaged (the paper: 10).
    """
    scores = []
    for part in logits.double().tensor_split(splits):
        log_p = part.log_softmax(1)
        marginal = log_p.exp().mean(0).log()
        # p log p with p = 0 is 0, also where the logarithm is -inf
        divergence = torch.where(log_p.exp() == 0, 0.0, log_p.exp() * (log_p - marginal))
        scores.append(divergence.sum(1).mean().exp())
    return float(torch.stack(scores).mean())


def conditional_accuracy(logits: Tensor, labels: Tensor) -> float:
    """Share of samples that a classifier assigns to their requested class; NaN if a logit is not finite.

    Args:
        logits: float [N, K], of a classifier with the generator's classes.
        labels: int64 [N], the requested classes.
    """
    if not logits.isfinite().all():
        return math.nan
    return float((logits.argmax(1) == labels).double().mean())


def shuffled_accuracy(logits: Tensor, labels: Tensor) -> float:
    """A control: the accuracy with permuted labels, which is at chance level if the labels have an effect."""
    order = torch.randperm(len(labels), generator=generator("shuffled labels"))
    return conditional_accuracy(logits, labels[order])


def intra_class_diversity(
    features: Tensor, labels: Tensor, real_features: Tensor | None = None, real_labels: Tensor | None = None
) -> float:
    """Mean pairwise distance of the samples of a class, averaged over classes; 0 = one image per class.

    With labelled real images each class is divided by what its real images have: 1 = as varied as the data.

    Args:
        features, real_features: float [N, D], [M, D].
        labels, real_labels: int64 [N], [M].

    Returns:
        NaN where no class has two samples.
    """

    def of_class(label: Tensor) -> list[Tensor]:
        """The class in the samples and, if they have labels, in the real images."""
        kinds = [features[labels == label]]
        if real_features is not None and real_labels is not None:
            kinds.append(real_features[real_labels == label])
        return kinds

    classes = [kinds for label in labels.unique() if min(map(len, kinds := of_class(label))) > 1]
    spreads = [[_mean_distance(rows) for rows in kinds] for kinds in classes]
    ratios = [spread[0] / spread[1] if len(spread) > 1 else spread[0] for spread in spreads]
    return float(torch.stack(ratios).mean()) if ratios else math.nan


def _mean_distance(features: Tensor) -> Tensor:
    """Mean over all pairs of different rows, of at most 1,000 rows."""
    return torch.pdist(features[:1000]).double().mean()


def code_purity(codes: Tensor, labels: Tensor) -> float:
    """Share of images whose label is the most frequent one among those of the same code; NaN without images.

    1 = each code belongs to one class; codes that ignore the class have about the share of the largest class.

    Args:
        codes: int64 [N], values of a discrete code.
        labels: int64 [N].
    """
    return float(shares(codes, labels).amax(1).sum()) if len(labels) else math.nan


def code_information(codes: Tensor, labels: Tensor) -> float:
    """Mutual information of codes and labels over the mean of their entropies, in [0, 1]; NaN without images.

    Arguments as of `code_purity`; scikit-learn's `normalized_mutual_info_score`.
    """
    if not len(labels):
        return math.nan
    joint = shares(codes, labels)
    entropy = sum(float(torch.special.entr(joint.sum(axis)).sum()) for axis in (0, 1))
    information = entropy - float(torch.special.entr(joint).sum())
    return 2 * information / entropy if entropy else 1.0


def shares(codes: Tensor, labels: Tensor) -> Tensor:
    """float64 [codes, labels]: how often each occurs with each, of all images."""
    one_hot = [functional.one_hot(values).double() for values in (codes, labels)]
    return one_hot[0].T @ one_hot[1] / len(labels)
