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
from artesano.figures.calibration import reliability_diagram
from artesano.figures.confusion import confusion_matrix
from artesano.figures.curves import learning_curves
from artesano.figures.grid import Images, captions_of_mistakes, most_wrong, wrongest
from artesano.figures.heatmaps import heatmap_pairs, places
from artesano.figures.risk_coverage import risk_coverage_curve
from artesano.kinds.transfer.calibration import Calibration
from artesano.metrics.classification import confusion, per_class, reliability
from artesano.metrics.selective import aurc, risk_coverage
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
    calibration: Calibration | None,
    heat: Callable[[Tensor], Tensor],
) -> list[Path]:
    """Write <folder>/plots/*.png and <folder>/per_class.csv; returns the pictures.

    Args:
        logits: [N, K] of the test split, at the best checkpoint.
        image: row of `logits` -> uint8 [C, H, W].
        monitor: the metric that chose the best checkpoint.
        calibration: of that checkpoint.
        heat: uint8 [N, C, H, W] -> heatmaps float [N, h, w] of the predicted classes.
    """
    plots = folder / "plots"
    plots.mkdir(exist_ok=True)
    learning_curves(read_rows(folder / "metrics.csv"), plots / "curves.png", best_step, monitor)
    confusion_matrix(confusion(logits, labels), classes, plots / "confusion.png")
    write_table(per_class(logits, labels, classes), folder / "per_class.csv")
    images = Rows(image, len(labels))
    drawn = [plots / "curves.png", plots / "confusion.png", *trust(plots, images, logits, labels, classes, calibration)]
    return [*drawn, *heatmaps_of_mistakes(plots, images, logits, labels, classes, calibration, heat)]


def trust(
    folder: Path,
    images: Images,
    logits: Tensor,
    labels: Tensor,
    classes: list[str],
    calibration: Calibration | None,
) -> list[Path]:
    """How sure it is and how right: calibration.png, most_wrong.png and, with a calibration, risk_coverage.png."""
    scaled = scaled_by(calibration, logits)
    calibrated = reliability(scaled, labels) if calibration else None
    reliability_diagram(*reliability(logits, labels), folder / "calibration.png", calibrated)
    most_wrong(images, scaled, labels, classes, folder / "most_wrong.png")
    names = ["calibration", "most_wrong"]
    if calibration and len(labels):
        best, answers = scaled.softmax(1).max(1)
        scores, right = best.numpy(), (answers == labels).numpy()
        curve = risk_coverage(scores, right)
        risk_coverage_curve(curve.coverage, curve.risk, aurc(scores, right), folder / "risk_coverage.png")
        names.append("risk_coverage")
    return [folder / f"{name}.png" for name in names]


def heatmaps_of_mistakes(
    folder: Path,
    images: Images,
    logits: Tensor,
    labels: Tensor,
    classes: list[str],
    calibration: Calibration | None,
    heat: Callable[[Tensor], Tensor],
) -> list[Path]:
    """heatmaps.png: the mistakes of most_wrong.png, each beside the places that spoke for the wrong class. Nothing
    where there is no mistake, or of a network whose features have no place in the image."""
    (folder / "heatmaps.png").unlink(missing_ok=True)  # of a run that was made longer
    scaled = scaled_by(calibration, logits)
    rows = wrongest(scaled, labels)
    if not len(rows):
        return []
    some = np.stack([images[int(row)] for row in rows])
    try:
        maps = heat(torch.from_numpy(some)).numpy()
    except BadInput:
        return []
    captions = captions_of_mistakes(scaled, labels, classes, rows)
    title = f"Grad-CAM of the wrong class, {places(maps)}"
    heatmap_pairs(list(some), list(maps), captions, folder / "heatmaps.png", title)
    return [folder / "heatmaps.png"]


def scaled_by(calibration: Calibration | None, logits: Tensor) -> Tensor:
    """Logits whose softmax are the probabilities."""
    return logits.double() / calibration.temperature if calibration else logits


def write_table(rows: list[dict[str, Any]], path: Path) -> None:
    """A CSV with the keys of the rows as its header; NaN is an empty cell."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, rows[0] if rows else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: "" if value != value else value for name, value in row.items()} for row in rows)  # noqa: PLR0124
