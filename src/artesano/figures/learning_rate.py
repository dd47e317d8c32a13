"""The curve of a learning-rate range test."""

from __future__ import annotations

import os

import numpy as np

from artesano.figures.style import BLUE, MUTED, ORANGE, picture


def range_test_curve(
    rates: np.ndarray, losses: np.ndarray, smooth: np.ndarray, best: float | None, path: str | os.PathLike
) -> None:
    """Draw the loss over the learning rate.

    Args:
        rates, losses, smooth: float [N], one for each step; the last is the running mean of the losses.
        best: the rate that was chosen; None = none was.
    """
    with picture(path, 5.6, 3.6) as figure:
        axes = figure.add_subplot()
        axes.plot(rates, losses, color=BLUE, alpha=0.25, linewidth=0.8)
        axes.plot(rates, smooth, color=BLUE, linewidth=1.8, label="loss (running mean)")
        if best is None:
            axes.set_title("the loss falls at no rate")
        else:
            axes.axvline(best, color=ORANGE, linestyle=(0, (4, 3)), linewidth=1.4, label="the rate that is taken")
            axes.set_title(f"optimizer.lr = {best:g}")
        axes.axhline(losses[0], color=MUTED, linewidth=0.8)
        low, high = smooth.min(), losses[0]
        axes.set(xscale="log", ylim=(low - 0.15 * (high - low) - 0.05, high + 0.6 * (high - low) + 0.05))
        axes.xaxis.set_major_formatter(lambda rate, _: f"{rate:g}")
        axes.set(xlabel="learning rate", ylabel="loss")
        axes.grid(axis="y")
        axes.legend(loc="upper left", fontsize=8.5)
