"""The pictures and the per-class table of a finished classifier."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from artesano.kinds.transfer.labelling import Labelling


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
    labelling: Labelling,
) -> list[Path]:
    """Write <folder>/plots/*.png and <folder>/per_class.csv; returns the pictures.

    Args:
        logits: [N, K] of the test split, at the best checkpoint.
        image: row of `logits` -> uint8 [C, H, W].
    """
    plots = folder / "plots"
    plots.mkdir(exist_ok=True)
    write_table(labelling.per_class(logits, labels, classes), folder / "per_class.csv")
    return labelling.draw(plots, logits, labels, classes, Rows(image, len(labels)))


def write_table(rows: list[dict[str, Any]], path: Path) -> None:
    """A CSV with the keys of the rows as its header; NaN is an empty cell."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, rows[0] if rows else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: "" if value != value else value for name, value in row.items()} for row in rows)  # noqa: PLR0124
