"""A 2D map of features: near points are images with similar features."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes

from artesano.figures.style import HUES, MUTED, picture, shorten

MARKERS = ["o", "s", "^", "D", "v", "P", "X", "*", "<", ">"]  # every ten classes the next


def embedding_map(
    points: np.ndarray,
    labels: np.ndarray | None,
    classes: Sequence[str] | None,
    path: str | os.PathLike,
    title: str | None = None,
) -> None:
    """Scatter points float [N, 2], coloured by labels int [N] with the legend outside; one colour without labels."""
    points = np.asarray(points)
    size = float(np.clip(900 / np.sqrt(max(len(points), 1)) / 2, 5, 45))
    dots: dict[str, Any] = {"s": size, "alpha": 0.8, "linewidths": 0.3, "edgecolors": "white"}
    if labels is None or classes is None:
        with picture(path, 5.6, 5.4) as figure:
            axes = figure.add_subplot()
            axes.scatter(*points.T, color=HUES[0], **dots)
            bare(axes, title)
        return

    labels = np.asarray(labels)
    present = [k for k in range(len(classes)) if (labels == k).any()]
    names = [shorten(classes[k], 26) for k in present]
    columns = -(-len(present) // 25)
    legend = columns * (0.45 + max(map(len, names), default=0) * 0.085)
    hues = HUES if len(classes) <= 10 * len(MARKERS) else list(matplotlib.colormaps["turbo"](np.linspace(0, 1, 100)))
    with picture(path, 5.6 + legend, 5.4) as figure:
        axes = figure.add_subplot()
        handles = [
            axes.scatter(
                *points[labels == k].T,
                color=hues[k % len(hues)],
                marker=MARKERS[k // len(hues) % len(MARKERS)],
                **dots,
            )
            for k in present
        ]
        bare(axes, title)
        # labels given with the handles: a class may be called "_background"
        shown = figure.legend(
            handles, names, loc="outside right center", ncols=columns, fontsize=8.5, handletextpad=0.3
        )
        for handle in shown.legend_handles:
            if handle is not None:
                handle.set_alpha(1)
                handle.set_sizes([38])  # type: ignore[attr-defined]


def bare(axes: Axes, title: str | None) -> None:
    """A plane without scales: only distances mean something."""
    axes.set(xticks=[], yticks=[], aspect="equal")
    axes.set_adjustable("datalim")
    axes.spines[:].set_visible(True)
    axes.spines[:].set_color(MUTED)
    axes.spines[:].set_linewidth(0.5)
    if title:
        axes.set_title(title)
