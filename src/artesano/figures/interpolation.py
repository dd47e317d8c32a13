"""Accuracy, or mAP, between two networks, as a function of the share of the second (Wortsman et al. 2022, figure 1)."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from artesano.figures.style import HUES, MUTED, picture, shorten


def interpolation_curve(
    alphas: Sequence[float], curves: Mapping[str, Sequence[float]], path: str | os.PathLike, metric: str = "accuracy"
) -> None:
    """Draw a metric over alpha and, of two data sets, the second's over the first's.

    Args:
        alphas: shares of the fine-tuned weights, 0 to 1.
        curves: data set -> the metric at each alpha.
        metric: its name.
    """
    names = [shorten(name, 28) for name in curves]
    both = len(curves) == 2
    with picture(path, 8.8 if both else 4.8, 3.8) as figure:
        axes = figure.add_subplot(1, 1 + both, 1)
        for name, values, color in zip(names, curves.values(), HUES, strict=False):
            axes.plot(alphas, values, color=color, marker="o", markersize=4, linewidth=1.6, label=name)
        axes.set(xlabel="alpha: 0 = pretrained, 1 = fine-tuned", ylabel=metric)
        axes.grid(axis="y")
        axes.legend(loc="best", fontsize=8.5)
        if both:
            first, second = curves.values()
            plane = figure.add_subplot(1, 2, 2)
            plane.plot(first, second, color=MUTED, marker="o", markersize=4, linewidth=1.2)
            for alpha, x, y in zip(alphas, first, second, strict=True):
                plane.annotate(f"{alpha:g}", (x, y), textcoords="offset points", xytext=(5, 4), fontsize=8)
            plane.set(xlabel=f"{metric}, {names[0]}", ylabel=f"{metric}, {names[1]}")
            plane.grid()
