"""Several methods on the same images: a table of means and of paired differences with their intervals."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from torch import Tensor

from artesano.metrics.bootstrap import paired_interval

ALL = "all"  # the label of rows over all images
COLUMNS = ["label", "metric", "method", "images", "blocks", "mean", "reference", "difference", "low", "high", "note"]


class PairedTable:
    """Per-image values of the model's states and of the baselines, gathered batch by batch.

    Args:
        blocks: [N], what the bootstrap resamples, of each image of the part.
        labels: int64 [N], zoom level or class of each image.
        classes: names of the labels; empty = there are none, and no rows by label.
    """

    def __init__(self, blocks: Sequence[str], labels: Sequence[int] | np.ndarray, classes: Sequence[str] = ()):
        self.blocks = np.asarray(blocks)
        self.labels = np.asarray(labels)
        self.classes = list(classes)
        self.values: dict[tuple[str, str], np.ndarray] = {}
        self.totals: dict[tuple[str, str], float] = {}
        self.notes: dict[str, str] = {}

    @property
    def methods(self) -> list[str]:
        """In the order in which they came."""
        return list(dict.fromkeys(method for method, _ in self.values))

    @property
    def metrics(self) -> list[str]:
        """In the order in which they came."""
        return list(dict.fromkeys(metric for _, metric in self.values))

    def add(self, method: str, index: Tensor | Sequence[int], values: Mapping[str, Tensor]) -> None:
        """Values of some images.

        Args:
            index: int64 [n], rows of the part.
            values: float [n] by metric; NaN = this image has no such value.
        """
        rows = np.asarray(index)
        for metric, numbers in values.items():
            column = self.values.setdefault((method, metric), np.full(len(self.blocks), np.nan))
            column[rows] = np.asarray(numbers.detach().cpu(), dtype=np.float64)

    def whole(self, method: str, values: Mapping[str, float]) -> None:
        """Values of the whole set, by metric, such as a distance between sets; they have no interval."""
        self.totals |= {(method, metric): value for metric, value in values.items()}

    def note(self, metric: str, reason: str) -> None:
        """A row with the reason why a metric is missing."""
        self.notes[metric] = reason

    def means(self, method: str) -> dict[str, float]:
        """Means by metric, over the images that have a value."""
        return {metric: _mean(values) for (name, metric), values in self.values.items() if name == method}

    def frame(self, reference: str) -> pd.DataFrame:
        """One row for each label, metric and method.

        Columns: label (`all` first), metric, method, images, blocks, mean, reference, difference (mean of method minus
        reference over the images that both have), low, high (95 % of it, blocks resampled), note. A method that lacks
        what the reference has, or that is the reference, has no difference.

        Args:
            reference: the method that the others are compared with.

        Raises:
            ValueError: nothing was measured of it.
        """
        if reference not in self.methods:
            raise ValueError(f"there is no method {reference}, but {', '.join(self.methods) or 'none'}")
        parts = {ALL: np.arange(len(self.blocks))}
        if len(self.classes) > 1:
            parts |= {name: np.flatnonzero(self.labels == label) for label, name in enumerate(self.classes)}
        rows = [
            self._row(label, metric, method, reference, images)
            for label, images in parts.items()
            if len(images)
            for metric in self.metrics
            for method in self.methods
            if (method, metric) in self.values
        ]
        rows += [
            {"label": ALL, "metric": metric, "method": method, "images": len(self.blocks), "mean": value}
            for (method, metric), value in self.totals.items()
        ]
        rows += [{"label": ALL, "metric": metric, "note": reason} for metric, reason in self.notes.items()]
        return pd.DataFrame(rows, columns=COLUMNS)

    def write(self, path: str | os.PathLike, reference: str) -> None:
        """The frame as CSV."""
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.frame(reference).to_csv(path, index=False, float_format="%.6g")

    def _row(self, label: str, metric: str, method: str, reference: str, images: np.ndarray) -> dict[str, object]:
        values, blocks = self.values[method, metric][images], self.blocks[images]
        known = np.isfinite(values)
        row: dict[str, object] = {
            "label": label,
            "metric": metric,
            "method": method,
            "images": int(known.sum()),
            "blocks": len(np.unique(blocks[known])),
            "mean": _mean(values),
            "reference": reference,
        }
        if method != reference and (reference, metric) in self.values:
            others = self.values[reference, metric][images]
            paired = paired_interval(values, others, blocks)
            row |= {"difference": paired.mean, "low": paired.low, "high": paired.high}
            if lost := int((np.isfinite(others) & ~known).sum()):
                row["note"] = f"{lost} images that {reference} has a value for are missing"
        return row


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else math.nan
