"""Classification metrics, computed from the logits and labels of a whole split."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torchmetrics.functional.classification import (
    multiclass_accuracy,
    multiclass_calibration_error,
    multiclass_confusion_matrix,
    multiclass_f1_score,
)

BINS = 15  # of the expected calibration error, as in Guo et al. 2017


def classification_metrics(logits: Tensor, labels: Tensor) -> dict[str, float]:
    """The metrics of one split; all are NaN for an empty split or NaN logits.

    Args:
        logits: [N, K], before softmax.
        labels: int64 [N] in 0..K-1.

    Returns:
        accuracy, accuracy_top5 (only when K > 5) and macro_f1 in [0, 1]: F1 is averaged over the classes that occur
        among labels or predictions, as scikit-learn does; ece in [0, 1]: expected calibration error over 15 equal
        bins of the top probability (Naeini et al. 2015); nll >= 0: mean negative log-likelihood in nats.
    """
    classes = logits.shape[1]
    names = ["accuracy", "macro_f1", "ece", "nll"] + ["accuracy_top5"] * (classes > 5)
    if len(labels) == 0 or logits.isnan().any():
        return dict.fromkeys(names, math.nan)
    logits, labels = logits.float(), labels.long()
    metrics = {
        "accuracy": multiclass_accuracy(logits, labels, classes, average="micro"),
        "macro_f1": multiclass_f1_score(logits, labels, classes, average="macro"),
        "ece": multiclass_calibration_error(logits.softmax(1), labels, classes, n_bins=BINS),
        "nll": torch.nn.functional.cross_entropy(logits, labels),
    }
    if classes > 5:
        metrics["accuracy_top5"] = multiclass_accuracy(logits, labels, classes, average="micro", top_k=5)
    return {name: float(value) for name, value in metrics.items()}


def confusion(logits: Tensor, labels: Tensor) -> np.ndarray:
    """Counts int64 [K, K]: row = true class, column = predicted class."""
    classes = logits.shape[1]
    if len(labels) == 0:
        return np.zeros((classes, classes), dtype=np.int64)
    return multiclass_confusion_matrix(logits.float(), labels.long(), classes).cpu().numpy().astype(np.int64)


def per_class(logits: Tensor, labels: Tensor, classes: list[str]) -> list[dict]:
    """One row per class: class, support, precision, recall, f1; NaN where a ratio has no denominator."""
    counts = confusion(logits, labels)
    hits, support, predicted = counts.diagonal(), counts.sum(1), counts.sum(0)
    with np.errstate(invalid="ignore"):
        columns = hits / predicted, hits / support, 2 * hits / (support + predicted)
    return [
        {"class": name, "support": int(total), "precision": float(precision), "recall": float(recall), "f1": float(f1)}
        for name, total, precision, recall, f1 in zip(classes, support, *columns, strict=True)
    ]


class Reliability(NamedTuple):
    """Bins of the top probability; a bin without images holds NaN in both means."""

    confidence: np.ndarray  # float [bins], mean top probability
    accuracy: np.ndarray  # float [bins], share of right answers
    images: np.ndarray  # int64 [bins], how many


def reliability(logits: Tensor, labels: Tensor, bins: int = BINS) -> Reliability:
    """Accuracy by confidence: the rows of the reliability diagram.

    The bins are those of `ece`: sum over bins of count / N * |accuracy - confidence| equals it.
    """
    top, answer = logits.float().softmax(1).max(1)
    place = np.minimum((top.double().cpu().numpy() * bins).astype(np.int64), bins - 1)
    count = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        confidence = np.bincount(place, top.cpu().numpy(), bins) / count
        accuracy = np.bincount(place, (answer == labels).float().cpu().numpy(), bins) / count
    return Reliability(confidence, accuracy, count)
