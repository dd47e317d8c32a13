"""The lecture's 2x2, few or many images, near or far from those of pretraining, with one data set as a point on it."""

from __future__ import annotations

import os
from collections.abc import Sequence

from artesano.figures.style import BLUE, FAINT, GREEN, INK, MUTED, ORANGE, RED, picture

COLOURS = {"freeze": BLUE, "partial": GREEN, "lpft": RED, "full": ORANGE}
MANY, NEAR = 30, 0.8  # where the quadrants meet: images per class, accuracy of the frozen net
CORNERS = {(0, 1): "few, near", (1, 1): "many, near", (0, 0): "few, far", (1, 0): "many, far"}


def quadrants(
    cases: Sequence[tuple[float, float, str]], here: tuple[float, float, str], path: str | os.PathLike
) -> None:
    """Draw earlier cases as dots in the colour of their best strategy, and this one as a star.

    Args:
        cases: images per class, validation accuracy of the frozen net, and the best strategy, of each.
        here: the same of this data set, with the advised strategy.
    """
    with picture(path, 6.4, 4.6) as figure:
        axes = figure.add_subplot()
        axes.axvline(MANY, color=FAINT, linewidth=1.2)
        axes.axhline(NEAR, color=FAINT, linewidth=1.2)
        for strategy, colour in COLOURS.items():
            chosen = [case for case in cases if case[2] == strategy]
            if chosen:
                shots, accuracy = [case[0] for case in chosen], [case[1] for case in chosen]
                axes.scatter(shots, accuracy, color=colour, s=34, alpha=0.75, label=f"{strategy} was best")
        axes.scatter(
            [here[0]], [here[1]], marker="*", s=360, color=COLOURS[here[2]], edgecolor=INK, label="your images"
        )
        for (right, top), text in CORNERS.items():
            axes.annotate(
                text,
                (right, top),
                (-6 if right else 6, -6 if top else 6),
                xycoords="axes fraction",
                textcoords="offset points",
                ha="right" if right else "left",
                va="top" if top else "bottom",
                color=MUTED,
                fontsize=9,
            )
        lowest = min(here[1], *(case[1] for case in cases))
        axes.set(xscale="log", ylim=(max(0, lowest - 0.15), 1.08), title=f"advised here: {here[2]}")
        axes.xaxis.set_major_formatter(lambda shots, _: f"{shots:g}")
        axes.set(xlabel="training images per class", ylabel="accuracy on frozen features (near: high)")
        figure.legend(loc="outside lower center", ncols=3, fontsize=8.5)
