"""How well a classifier of several labels finds each of them."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from artesano.figures.style import BLUE, FAINT, INK, MUTED, picture, shorten

MOST = 60  # bars


def label_bars(
    precision: np.ndarray, support: np.ndarray, images: int, classes: Sequence[str], path: str | os.PathLike
) -> None:
    """Draw the average precision of each label as a bar, the best first, over what chance would reach.

    Of more than 60 labels the 30 best and the 30 worst are drawn. Labels that no image has have no bar.

    Args:
        precision: float [K], average precision; NaN of a label that no image has.
        support: int [K], images that have each label: chance is support / images.
        images: of the split.
    """
    precision, support = np.asarray(precision, dtype=float), np.asarray(support)
    order = [int(label) for label in np.argsort(-precision, kind="stable") if np.isfinite(precision[label])]
    mean = float(np.mean(precision[order])) if order else float("nan")
    shown = order if len(order) <= MOST else [*order[: MOST // 2], *order[-MOST // 2 :]]
    names = [f"{shorten(classes[label], 24)} ({support[label]:,})" for label in shown]
    margin = 0.5 + max(map(len, names), default=0) * 0.075
    with picture(path, 4.5 + margin, max(1.8, 0.9 + 0.22 * len(shown))) as figure:
        axes = figure.add_subplot()
        places = np.arange(len(shown)) + (np.arange(len(shown)) >= MOST // 2) * (len(shown) < len(order))  # a gap
        axes.barh(places, np.ones(len(shown)), color=FAINT, height=0.75)
        axes.barh(places, precision[shown], color=BLUE, height=0.75)
        chance = support[shown] / max(images, 1)
        axes.vlines(chance, places - 0.375, places + 0.375, color=INK, linewidth=1.2)
        for place, label in zip(places, shown, strict=True):
            axes.text(1.01, place, f"{precision[label]:.2f}", va="center", fontsize=8, color=MUTED)
        axes.set_yticks(places, names, fontsize=8)
        axes.set(xlim=(0, 1), ylim=(max(places, default=0) + 0.6, -0.6), xlabel="average precision (line: chance)")
        axes.tick_params(axis="y", length=0)
        axes.spines[:].set_visible(False)
        if len(order) > len(shown):
            between = f"{len(order) - len(shown)} labels in between are not drawn"
            axes.text(0, MOST // 2, between, va="center", fontsize=8, color=MUTED)
        axes.set_title(f"mAP {mean:.3f} of {len(order)} label{'s' * (len(order) != 1)}, {images:,} images")
