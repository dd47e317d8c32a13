"""The pictures and the per-class table of a finished classifier."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from artesano.figures.calibration import reliability_diagram
from artesano.figures.confusion import confusion_matrix
from artesano.figures.curves import learning_curves
from artesano.figures.grid import most_wrong
from artesano.metrics.classification import confusion, per_class, reliability
from artesano.runs.metrics import read_rows


class Rows:
    """Images by row, fetched when one is asked for: only the most wrong ones are."""

    def __init__(self, fetch: Callable[[int], np.ndarray], length: int):
        self.fetch, self.length = fetch, length

    def __getitem__(self, row: int) -> np.ndarray:
        return self.fetch(row)

    def __len__(self) -> int:
        return self.length


def draw(
    folder: Path,
    logits: Tensor,
    labels: Tensor,
    classes: list[str],
    image: Callable[[int], np.ndarray],
    best_step: int,
    monitor: str,
) -> list[Path]:
    """Write <folder>/plots/*.png and <folder>/per_class.csv; returns the pictures.

    Args:
        logits: [N, K] of the test split, at the best checkpoint.
        image: row of `logits` -> uint8 [C, H, W].
        monitor: the metric that chose the best checkpoint.
    """
    plots = folder / "plots"
    plots.mkdir(exist_ok=True)
    learning_curves(read_rows(folder / "metrics.csv"), plots / "curves.png", best_step, monitor)
    confusion_matrix(confusion(logits, labels), classes, plots / "confusion.png")
    reliability_diagram(*reliability(logits, labels), plots / "calibration.png")
    most_wrong(Rows(image, len(labels)), logits, labels, classes, plots / "most_wrong.png")
    write_table(per_class(logits, labels, classes), folder / "per_class.csv")
    return [plots / f"{name}.png" for name in ("curves", "confusion", "calibration", "most_wrong")]


def write_table(rows: list[dict[str, Any]], path: Path) -> None:
    """A CSV with the keys of the rows as its header; NaN is an empty cell."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, rows[0] if rows else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: "" if value != value else value for name, value in row.items()} for row in rows)  # noqa: PLR0124
