"""The pictures and the per-class table of a finished classifier."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from artesano.errors import BadInput
from artesano.figures.heatmaps import heatmap_pairs, places
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
    heat: Callable[[Tensor], Tensor],
) -> list[Path]:
    """Write <folder>/plots/*.png and <folder>/per_class.csv; returns the pictures.

    Args:
        logits: [N, K] of the test split, at the best checkpoint.
        image: row of `logits` -> uint8 [C, H, W].
        heat: uint8 [N, C, H, W] -> heatmaps float [N, h, w] of the predicted classes.
    """
    plots = folder / "plots"
    plots.mkdir(exist_ok=True)
    write_table(labelling.per_class(logits, labels, classes), folder / "per_class.csv")
    images = Rows(image, len(labels))
    drawn = labelling.draw(plots, logits, labels, classes, images)
    return [*drawn, *heatmaps_of_mistakes(plots, images, *labelling.explained(logits, labels, classes), heat)]


def heatmaps_of_mistakes(
    folder: Path, images: Rows, rows: list[int], captions: list[str], heat: Callable[[Tensor], Tensor]
) -> list[Path]:
    """heatmaps.png: the mistakes of most_wrong.png, each beside the places that spoke for the wrong class. Nothing
    where there is no mistake, or of a network whose features have no place in the image."""
    (folder / "heatmaps.png").unlink(missing_ok=True)  # of a run that was made longer
    if not rows:
        return []
    some = np.stack([images[row] for row in rows])
    try:
        maps = heat(torch.from_numpy(some)).numpy()
    except BadInput:
        return []
    title = f"Grad-CAM of the wrong class, {places(maps)}, one scale for all"
    heatmap_pairs(list(some), list(maps), captions, folder / "heatmaps.png", title)
    return [folder / "heatmaps.png"]


def write_table(rows: list[dict[str, Any]], path: Path) -> None:
    """A CSV with the keys of the rows as its header; NaN is an empty cell."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, rows[0] if rows else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: "" if value != value else value for name, value in row.items()} for row in rows)  # noqa: PLR0124
