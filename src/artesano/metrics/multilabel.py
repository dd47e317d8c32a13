"""Metrics of classifiers that give an image any number of labels, from the logits and labels of a whole split."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torchmetrics.functional.classification import binary_average_precision

THRESHOLD = 0.5  # the probability from which an image gets a label


def multilabel_metrics(logits: Tensor, labels: Tensor, thresholds: list[float] | None = None) -> dict[str, float]:
    """The metrics of one split; all are NaN for an empty split or NaN logits.

    Args:
        logits: [N, K], before the sigmoid.
        labels: 0 and 1, [N, K].
        thresholds: [K], chosen on other images.

    Returns:
        map in [0, 1]: the mean over the labels that occur of their average precision (the area under precision over
        recall, without interpolation); micro_f1 and macro_f1 in [0, 1], of labels with a probability of at least 0.5:
        of all decisions together, and the mean over the labels that occur or are given; nll >= 0: binary cross-entropy,
        the mean over images and labels, in nats. With thresholds also micro_f1_tuned and macro_f1_tuned, at those.
    """
    names = ["map", "micro_f1", "macro_f1", "nll"]
    names += ["micro_f1_tuned", "macro_f1_tuned"] if thresholds is not None else []
    if len(labels) == 0 or logits.isnan().any():
        return dict.fromkeys(names, math.nan)
    logits = logits.float()
    has, f1 = labels.cpu().numpy() == 1, dict[str, float]()
    for ending, cut in {"": None, "_tuned": thresholds}.items() if thresholds is not None else [("", None)]:
        called = decided(logits, cut).cpu().numpy()
        decisions, occurring = 2 * (called & has).sum(), called.sum() + has.sum()
        f1[f"micro_f1{ending}"] = float(decisions / occurring) if occurring else math.nan
        f1[f"macro_f1{ending}"] = _mean(ratios(called, has)["f1"])
    nll = torch.nn.functional.binary_cross_entropy_with_logits(logits, labels.float())
    metrics = f1 | {"map": _mean(average_precision(logits, labels)), "nll": float(nll)}
    return {name: metrics[name] for name in names}


def _mean(values: np.ndarray) -> float:
    """Of those that are known; NaN where none is."""
    return float(np.nanmean(values)) if np.isfinite(values).any() else math.nan


def average_precision(logits: Tensor, labels: Tensor) -> np.ndarray:
    """float64 [K], of each label; NaN where no image has it."""
    probabilities = logits.double().sigmoid()  # in float32 large logits are all 1, and their order would be lost
    columns = zip(probabilities.T, labels.long().T, strict=True)
    return np.array(
        [float(binary_average_precision(scores, has)) if has.any() else math.nan for scores, has in columns]
    )


def decided(logits: Tensor, thresholds: float | list[float] | None = None) -> Tensor:
    """bool [N, K]: labels whose probability is at least the threshold, of each label or of all; None = 0.5."""
    cut = torch.as_tensor(THRESHOLD if thresholds is None else thresholds, dtype=torch.float64, device=logits.device)
    return logits.double().sigmoid() >= cut


def best_thresholds(logits: Tensor, labels: Tensor) -> list[float]:
    """[K], for each label the probability from which giving it has the highest F1; of equal ones the highest.

    A threshold lies midway between two probabilities that occur, or is 0.5 of a label that no image has, or with NaN.
    """
    probabilities = logits.double().sigmoid().cpu().numpy()
    return [best_threshold(*pair) for pair in zip(probabilities.T, labels.cpu().numpy().T, strict=True)]


def best_threshold(probabilities: np.ndarray, has: np.ndarray) -> float:
    """Of one label: float64 [N], and 0 and 1 [N]."""
    if not has.any() or not np.isfinite(probabilities).all():
        return THRESHOLD
    order = np.argsort(-probabilities, kind="stable")
    values, hits = probabilities[order], np.cumsum(has[order], dtype=np.int64)
    f1 = 2 * hits / (np.arange(1, len(values) + 1) + hits[-1])
    f1[:-1][values[1:] == values[:-1]] = -1  # equal probabilities cannot be told apart
    last = int(f1.argmax())
    below = values[last + 1] if last + 1 < len(values) else 0.0
    return float((values[last] + below) / 2)


def per_label(logits: Tensor, labels: Tensor, classes: list[str], thresholds: list[float]) -> list[dict[str, Any]]:
    """A row for each label: class, support, ap; precision, recall and f1 at 0.5, and f1_tuned at its own threshold.

    NaN where a ratio has no denominator.
    """
    has = labels.cpu().numpy().astype(bool)
    precision = average_precision(logits, labels) if len(has) else np.full(len(classes), math.nan)
    plain, tuned = (ratios(decided(logits, cut).cpu().numpy(), has) for cut in (None, thresholds))
    return [
        {
            "class": name,
            "support": int(has[:, label].sum()),
            "ap": float(precision[label]),
            **{column: float(values[label]) for column, values in plain.items()},
            "threshold": thresholds[label],
            "f1_tuned": float(tuned["f1"][label]),
        }
        for label, name in enumerate(classes)
    ]


def ratios(called: np.ndarray, has: np.ndarray) -> dict[str, np.ndarray]:
    """precision, recall and f1 [K] of decisions bool [N, K]."""
    hits, calls, support = (called & has).sum(0), called.sum(0), has.sum(0)
    with np.errstate(invalid="ignore"):
        return {"precision": hits / calls, "recall": hits / support, "f1": 2 * hits / (calls + support)}


def worst_decisions(logits: Tensor, labels: Tensor, count: int = 16) -> list[tuple[int, int, float]]:
    """(row, label, probability) of the images whose worst decision at 0.5 is furthest from the truth, worst first."""
    probabilities = logits.double().sigmoid().cpu().numpy()
    has = labels.cpu().numpy().astype(float)
    error = np.where((probabilities >= THRESHOLD) == (has == 1), -1, np.abs(probabilities - has))
    worst = error.argmax(axis=1) if len(error) else np.zeros(0, dtype=np.int64)
    size = error[np.arange(len(error)), worst]
    rows = [int(row) for row in np.argsort(-size, kind="stable")[:count] if size[row] >= 0]
    return [(row, int(worst[row]), float(probabilities[row, worst[row]])) for row in rows]
