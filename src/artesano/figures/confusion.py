"""The confusion matrix: correct in blue, mistakes in orange, shaded by the share of the row's class."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize, PowerNorm

from artesano.figures.style import BLUE, FAINT, INK, MUTED, ORANGE, picture, shorten

EMPTY = "#f4f6f8"
RIGHT = LinearSegmentedColormap.from_list("right", [EMPTY, BLUE])
WRONG = LinearSegmentedColormap.from_list("wrong", [(0, EMPTY), (1e-3, "#fae6cd"), (0.5, ORANGE), (1, "#9c4f0a")])


def confusion_matrix(counts: np.ndarray, classes: Sequence[str], path: str | os.PathLike) -> None:
    """Draw counts [K, K] (row = true class, column = predicted); numbers only where a cell can hold them (K <= 30)."""
    counts = np.asarray(counts)
    number = len(classes)
    cell = float(np.clip(8.0 / number, 0.12, 0.5))  # inches
    size = max(cell * number, 2.2)
    font = float(np.clip(cell * 30, 4.5, 10))
    names = [shorten(name, 24) for name in classes]
    margin = 0.9 + max(map(len, names)) * font * 0.0085
    support = counts.sum(1, keepdims=True)
    shares = np.divide(counts, support, out=np.full(counts.shape, np.nan), where=support > 0)

    with picture(path, size + margin + 0.3, size + margin + 0.3) as figure:
        axes = figure.add_subplot()
        own = np.eye(number, dtype=bool)
        axes.set_facecolor(FAINT)  # a class without images keeps this grey
        axes.imshow(np.where(own, shares, np.nan), cmap=RIGHT, norm=Normalize(0, 1))
        # square root: a mistake of 2 % must show beside right answers of 98 %
        axes.imshow(np.where(own, np.nan, shares), cmap=WRONG, norm=PowerNorm(0.5, vmin=0, vmax=1))
        axes.set_xticks(range(number), names, fontsize=font, rotation=90 if _crowded(names, cell, font) else 0)
        axes.set_yticks(range(number), names, fontsize=font)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        between, ends = np.arange(1, number) - 0.5, (-0.5, number - 0.5)
        # Over the shades, under the counts; twice as quick as a grid of minor ticks, each of which is drawn by itself.
        for lines in (axes.vlines, axes.hlines):
            lines(between, *ends, color="white", linewidth=min(1.5, cell * 4), zorder=0.5)
        axes.set(xlim=ends, ylim=ends[::-1])
        axes.set_xlabel("predicted", color=MUTED)
        axes.set_ylabel("true", color=MUTED)
        accuracy = np.trace(counts) / max(counts.sum(), 1)
        axes.set_title(f"{accuracy:.1%} of {counts.sum():,} right")
        if number <= 30:
            _write_counts(axes, counts, shares, cell)


def _crowded(names: list[str], cell: float, font: float) -> bool:
    return max(map(len, names)) * font * 0.0085 > cell * 0.95


def _write_counts(axes: Axes, counts: np.ndarray, shares: np.ndarray, cell: float) -> None:
    widest = len(str(counts.max()))
    font = min(10.0, cell * 72 * 0.85 / (0.64 * max(widest, 2)))
    for row, column in zip(*np.nonzero(counts), strict=True):
        color = "white" if shares[row, column] > (0.55 if row == column else 0.3) else INK
        axes.text(column, row, str(counts[row, column]), ha="center", va="center", fontsize=font, color=color)
