"""Distances between sets of generated and real images; the names of metrics hold extractor and sample count."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from artesano.errors import BadInput
from artesano.metrics.class_scores import (
    conditional_accuracy,
    inception_score,
    intra_class_diversity,
    shuffled_accuracy,
)
from artesano.metrics.frechet import factor, frechet_distance, frechet_to_samples, spread_of
from artesano.metrics.prdc import precision_recall
from artesano.seeding import generator

__all__ = [
    "Features",
    "RealStatistics",
    "check_counts",
    "conditional_accuracy",
    "distribution_metrics",
    "frechet_distance",
    "inception_score",
    "intra_class_diversity",
    "kernel_distance",
    "precision_recall",
    "protocol",
    "reliability_note",
    "shuffled_accuracy",
]

FEWEST = 50  # images; with fewer nothing is measured
INCEPTION = "inception"  # its Fréchet distance alone may be called FID; its classes are ImageNet's, not the data's


class Features(NamedTuple):
    """An extractor's output.

    Attributes:
        features: float32 [N, D] on the CPU.
        logits: float32 [N, K] on the CPU; None where there are no classes.
    """

    features: Tensor
    logits: Tensor | None = None


@dataclass(frozen=True)
class RealStatistics:
    """The real side of every metric, computed once for a data set.

    Attributes:
        extractor: its name.
        count: images that mean and covariance are of.
        mean, covariance: float64 [D], [D, D].
        features: float32 [min(count, keep), D], a seeded choice in random order: KID and neighbours need images.
        labels: int64 of the chosen images; None = unlabelled.
    """

    extractor: str
    count: int
    mean: Tensor
    covariance: Tensor
    features: Tensor
    labels: Tensor | None = None

    @cached_property
    def spread(self) -> Tensor:
        """A factor of the covariance, float64 [D, K]; of fewer images than dimensions these themselves: [D, count]."""
        few = self.count == len(self.features) <= self.features.shape[1]
        return spread_of(self.features) if few else factor(self.covariance)


def distribution_metrics(
    real: RealStatistics,
    fake: Features,
    *,
    extractor: str,
    labels: Tensor | None = None,
    real_features_labels: Tensor | None = None,
    full: bool = True,
) -> dict[str, float]:
    """Metrics by name: `fd_lite0_2k`, `kid_lite0_2k`, `recall_lite0_2k`, ... (`fid_inception_10k` for Inception).

    KID and the neighbours' metrics compare equally many images, so their names may tell of fewer than FD's.

    Args:
        extractor: its name, as it is to stand in the names.
        labels: int64 [N], the requested classes; None = unconditional.
        real_features_labels: int64, of `real.features`; None = those that `real` has.
        full: False = the Fréchet distance, coverage and density: what the verdict on a training run needs.

    Returns:
        NaN for all of a generator that has diverged.

    Raises:
        BadInput: fewer than 50 real or generated images.
    """
    features, logits = fake
    check_counts(real.count, len(features))
    suffix = protocol(extractor, real.count, len(features))
    fid = "fid" if extractor == INCEPTION else "fd"
    metrics = {f"{fid}_{suffix}": frechet_to_samples(real.mean, real.spread, features)}

    count = min(len(real.features), len(features))
    chosen = torch.randperm(len(features), generator=generator("fakes"))[:count]
    real_rows, fake_rows, equal = real.features[:count], features[chosen], protocol(extractor, count, count)
    by_neighbours = precision_recall(real_rows, fake_rows)._asdict()
    if not full:
        return metrics | {f"{name}_{equal}": by_neighbours[name] for name in ("coverage", "density")}
    metrics[f"kid_{equal}"] = kernel_distance(real_rows, fake_rows)
    metrics |= {f"{name}_{equal}": value for name, value in by_neighbours.items()}

    own = protocol(extractor, len(features), len(features))  # here the real images have no part
    if logits is not None:
        metrics[f"is_{own}"] = inception_score(logits)
    if labels is not None and logits is not None and extractor != INCEPTION:
        metrics[f"conditional_accuracy_{own}"] = conditional_accuracy(logits, labels)
        metrics[f"shuffled_accuracy_{own}"] = shuffled_accuracy(logits, labels)
    if labels is not None:
        known = real_features_labels if real_features_labels is not None else real.labels
        # a ratio to the data, and a distance in the extractor's units, must not share a name
        name, against = ("intra_distance", None) if known is None else ("intra_diversity", real.features)
        value = intra_class_diversity(features, labels, against, known)
        metrics[f"{name}_{own if known is None else equal}"] = value
    return metrics


def kernel_distance(real: Tensor, fake: Tensor, size: int = 1000, subsets: int = 10) -> float:
    """KID: the unbiased squared MMD with the kernel (x.y / D + 1)^3 (Bińkowski et al. 2018, arXiv 1801.01401).

    Unlike FD it has no bias in the number of images; where the distributions are equal it scatters around 0.

    Args:
        real, fake: float [N, D], [M, D].
        size: images of a subset; with no more than that on either side there is one subset, of all.
        subsets: seeded draws that are averaged.
    """
    if max(len(real), len(fake)) <= size:
        return _mmd(real, fake)
    random = generator("kernel distance")
    draw = lambda rows: rows[torch.randperm(len(rows), generator=random)[:size]]  # noqa: E731
    return sum(_mmd(draw(real), draw(fake)) for _ in range(subsets)) / subsets


def protocol(extractor: str, real: int, fake: int) -> str:
    """`lite0_2k`: the extractor, and the smaller of the two counts (3500 stays 3500)."""
    count = min(real, fake)
    return f"{extractor}_{count // 1000}k" if count and count % 1000 == 0 else f"{extractor}_{count}"


def check_counts(real: int, fake: int) -> None:
    """Raise BadInput for fewer images of either kind than the metrics need."""
    few = [f"{count} {kind}" for kind, count in (("real", real), ("generated", fake)) if count < FEWEST]
    if few:
        raise BadInput(
            f"evaluation.samples: {' and '.join(few)} images are too few to compare distributions; at least {FEWEST} "
            "of each are needed, or evaluation=none."
        )


def reliability_note(real_count: int, fake_count: int, dim: int, extractor: str | None = None) -> str | None:
    """A sentence for the report where there are fewer samples than twice the dimensions of a feature; else None.

    Args:
        extractor: its name, to begin with the name of the metric; None = without.
    """
    count = min(real_count, fake_count)
    if count >= 2 * dim:
        return None
    fid = "fid" if extractor == INCEPTION else "fd"
    about = f"{fid}_{protocol(extractor, real_count, fake_count)}: " if extractor else ""
    return f"{about}{count:,} samples for {dim:,} feature dimensions; FD is biased upward, compare only equal counts"


def _mmd(real: Tensor, fake: Tensor) -> float:
    """Products in the features' precision, cubes and sums in float64."""

    def kernel(a: Tensor, b: Tensor) -> Tensor:
        return (a @ b.T / a.shape[1] + 1).double() ** 3

    def others(rows: Tensor) -> Tensor:
        similar = kernel(rows, rows)
        return (similar.sum() - similar.trace()) / (len(rows) * (len(rows) - 1))

    return float(others(real) + others(fake) - 2 * kernel(real, fake).mean())
