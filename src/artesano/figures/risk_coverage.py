"""The risk-coverage curve: how wrong a classifier is on the images that it answers (Geifman and El-Yaniv 2017)."""

from __future__ import annotations

import os

import numpy as np

from artesano.figures.style import BLUE, MUTED, picture

MARKED = 0.95  # coverage


def risk_coverage_curve(coverage: np.ndarray, risk: np.ndarray, aurc: float, path: str | os.PathLike) -> None:
    """Draw the share of wrong answers over the share of images that are answered, the surest first.

    Args:
        coverage: float [N] in (0, 1], rising; risk: float [N] in [0, 1]. Both are fields of
            `artesano.metrics.selective.RiskCoverage`.
        aurc: the area under it.
    """
    coverage, risk = np.asarray(coverage), np.asarray(risk)
    every = float(risk[-1]) if len(risk) else float("nan")
    shares = np.linspace(0, 1, 201)[1:]
    with picture(path, 5.2, 3.8) as figure:
        axes = figure.add_subplot()
        axes.axhline(every, color=MUTED, linewidth=1, linestyle=(0, (4, 3)), label=f"of all images {every:.1%}")
        best = np.maximum(0, 1 - (1 - every) / shares)
        axes.plot(shares, best, color=MUTED, linewidth=1, label="if the mistakes were refused first")
        axes.plot(coverage, risk, color=BLUE, linewidth=1.8, label="the least probable refused first")
        if len(coverage) and coverage[0] <= MARKED:
            place = int(np.searchsorted(coverage, MARKED - 1e-9))
            axes.plot(coverage[place], risk[place], marker="o", color=BLUE, linestyle="none")
            axes.annotate(
                f"{risk[place]:.1%} at {coverage[place]:.0%}",
                (coverage[place], risk[place]),
                textcoords="offset points",
                xytext=(-6, 8),
                ha="right",
                fontsize=8.5,
            )
        top = 1.4 * max(float(risk.max(initial=0)), 0.01)  # room for the legend
        axes.set(xlim=(0, 1), ylim=(0, top), xlabel="coverage (share of images answered)", ylabel="share wrong")
        axes.yaxis.set_major_formatter(lambda share, _: f"{share:.1%}")
        axes.set_title(f"AURC {aurc:.4f}")
        axes.grid(axis="y")
        axes.legend(loc="upper left", fontsize=8.5)
