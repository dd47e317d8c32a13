"""The reliability diagram: is the confidence calibrated? (Guo et al. 2017, figure 1)"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.patches import Patch

from artesano.figures.style import BLUE, MUTED, ORANGE, RED, picture

FEW = 10


def reliability_diagram(
    confidence: np.ndarray,
    accuracy: np.ndarray,
    count: np.ndarray,
    path: str | os.PathLike,
    calibrated: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None,
) -> None:
    """Draw accuracy over confidence with the gap to the diagonal, and below it how many images each bin holds.

    Args:
        confidence: float [bins], mean top probability of each bin; NaN where it is empty.
        accuracy: float [bins], share of right answers; NaN where empty.
        count: int [bins]. The three are the fields of `artesano.metrics.classification.reliability`.
        calibrated: the same three after temperature scaling, drawn as a line.
    """
    confidence, accuracy, count = (np.asarray(column) for column in (confidence, accuracy, count))
    bins, total = len(count), max(int(count.sum()), 1)
    used = count > 0
    left = np.arange(bins)[used] / bins
    surplus = confidence[used] - accuracy[used]
    ece = expected_error(confidence, accuracy, count)
    mean_confidence = float((count[used] * confidence[used]).sum() / total)
    mean_accuracy = float((count[used] * accuracy[used]).sum() / total)

    with picture(path, 4.8, 5.4) as figure:
        top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[3.2, 1])
        place: dict[str, Any] = {"width": 1 / bins, "align": "edge"}
        bar = {**place, "edgecolor": "white", "linewidth": 0.8}
        # a bar of few images says little: it is drawn pale
        solid = np.where(count[used] < FEW, 0.35, 1.0)
        top.bar(left, accuracy[used], color=[to_rgba(BLUE, part) for part in solid], **bar)
        over = np.maximum(surplus, 0)
        top.bar(left, over, bottom=accuracy[used], color=[to_rgba(RED, 0.45 * part) for part in solid], **bar)
        under = np.maximum(-surplus, 0)
        top.bar(
            left, under, bottom=confidence[used], color="none", edgecolor="white", hatch="////", linewidth=0, **place
        )
        top.plot([0, 1], [0, 1], color=MUTED, linestyle=(0, (4, 3)), linewidth=1.2)
        top.set(xlim=(0, 1), ylim=(0, 1), ylabel="share right")
        top.grid(axis="y")
        verdict = "overconfident" if mean_confidence > mean_accuracy else "underconfident"
        title = f"ECE {ece:.1%}" + (f", {verdict}" if ece >= 0.02 else "")
        if calibrated is not None:
            sure, right, images = (np.asarray(column) for column in calibrated)
            many, few = images >= FEW, (images > 0) & (images < FEW)
            (line,) = top.plot(sure[many], right[many], color=ORANGE, linewidth=1.6, marker="o", markersize=3.5)
            top.plot(sure[few], right[few], color=ORANGE, alpha=0.35, linestyle="none", marker="o", markersize=3.5)
            title += f"; calibrated {expected_error(sure, right, images):.1%}"
        top.set_title(title)
        bottom.bar(left, count[used], color=MUTED, **bar)
        bottom.set(xlabel="confidence (top probability)", ylabel="images")
        bottom.grid(axis="y")
        for value, color, name in [(mean_accuracy, BLUE, "accuracy"), (mean_confidence, RED, "confidence")]:
            bottom.axvline(value, color=color, linewidth=1.4, label=f"mean {name} {value:.1%}")
        bottom.legend(loc="upper left", fontsize=8)

        keys: dict[str, Any] = {"share right": Patch(color=BLUE)}
        if calibrated is not None:
            keys["calibrated by temperature"] = line
        if (surplus > 0).any():
            keys["too sure by"] = Patch(color=to_rgba(RED, 0.45))
        if (surplus < 0).any():
            keys["not sure enough by"] = Patch(facecolor=BLUE, edgecolor="white", hatch="////", linewidth=0)
        if (solid < 1).any():
            keys[f"under {FEW} images"] = Patch(color=to_rgba(BLUE, 0.35))
        figure.legend(list(keys.values()), list(keys), loc="outside lower center", ncols=2, fontsize=8.5)


def expected_error(confidence: np.ndarray, accuracy: np.ndarray, count: np.ndarray) -> float:
    """The expected calibration error of bins: their mean gap, weighted by their images."""
    used = count > 0
    gaps = np.abs(confidence[used] - accuracy[used])
    return float((count[used] * gaps).sum() / max(int(count.sum()), 1))
