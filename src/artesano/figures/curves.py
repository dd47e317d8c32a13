"""Learning curves from the rows of metrics.csv."""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes

from artesano.figures.style import BLUE, MUTED, ORANGE, picture

COLORS = {"train": BLUE, "val": ORANGE}


def learning_curves(
    rows: Iterable[tuple[int, str, float]],
    path: str | os.PathLike,
    best_step: int | None = None,
    monitor: str | None = None,
    metric: str = "accuracy",
) -> None:
    """Draw loss and a metric over the steps, training beside validation, and mark the best step.

    Args:
        rows: (step, name, value) as in metrics.csv; names `<train|val>/loss` and `<train|val>/<metric>` are drawn;
            where there is no val/loss, val/nll stands for it (the same without label smoothing).
        best_step: the step of best.ckpt; None = the highest val/<metric>, otherwise the lowest val/loss.
        monitor: the metric that chose it, e.g. `val/accuracy`.
    """
    lines: dict[str, list[tuple[int, float]]] = {}
    for step, name, value in rows:
        lines.setdefault(name, []).append((int(step), float(value)))
    curves = {name: np.array(sorted(points)) for name, points in lines.items()}
    if "val/nll" in curves:
        curves.setdefault("val/loss", curves["val/nll"])
    panels = [panel for panel in ("loss", metric) if any(f"{part}/{panel}" in curves for part in COLORS)]
    if best_step is None:
        best_step, monitor = _best(curves, metric) or (None, None)
    chosen_by = f"best {monitor}" if monitor else "best checkpoint"

    with picture(path, 4.8 * max(len(panels), 1), 3.6) as figure:
        for position, panel in enumerate(panels, start=1):
            axes = figure.add_subplot(1, len(panels), position)
            for part, color in COLORS.items():
                if f"{part}/{panel}" in curves:
                    draw_line(axes, curves[f"{part}/{panel}"], part, color)
            if best_step is not None:
                _mark(axes, curves.get(f"val/{panel}"), best_step, chosen_by)
            axes.set(xlabel="step", title=panel)
            axes.grid(axis="y")
            axes.legend(fontsize=8.5)
            if panel == "loss":
                axes.set_ylim(bottom=0)


def _best(curves: dict[str, np.ndarray], metric: str) -> tuple[int, str] | None:
    for name, sign in [(f"val/{metric}", 1), ("val/loss", -1)]:
        if name in curves and np.isfinite(curves[name][:, 1]).any():
            points = curves[name]
            return int(points[np.nanargmax(sign * points[:, 1]), 0]), name
    return None


def draw_line(axes: Axes, points: np.ndarray, name: str, color: str) -> None:
    """A line with dots for few points; for many, pale raw values and a running mean."""
    steps, values = points.T
    if len(points) <= 40:
        axes.plot(steps, values, color=color, label=name, marker="o", markersize=3.5, linewidth=1.6)
        return
    axes.plot(steps, values, color=color, alpha=0.25, linewidth=0.8)
    axes.plot(steps, _smooth(steps, values), color=color, label=f"{name} (running mean)", linewidth=1.8)


def _smooth(steps: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Exponential mean over a fiftieth of the run, with Adam's bias correction."""
    span = max((steps[-1] - steps[0]) / 50, 1)
    total = weight = 0.0
    means = []
    for gap, value in zip([1.0, *(after - before for before, after in pairwise(steps))], values, strict=True):
        keep = np.exp(-gap / span)
        if np.isfinite(value):
            total, weight = keep * total + (1 - keep) * value, keep * weight + (1 - keep)
        means.append(total / weight if weight else np.nan)
    return np.array(means)


def _mark(axes: Axes, validation: np.ndarray | None, step: int, chosen_by: str) -> None:
    """A line at the step of the best checkpoint, whose value here need not be the best of this panel."""
    label = f"{chosen_by} (step {step:,})"
    if validation is not None and step in validation[:, 0]:
        value = validation[validation[:, 0] == step][-1, 1]
        label = f"{value:.3f} at the {chosen_by} (step {step:,})"
        axes.plot([step], [value], marker="o", markersize=9, color="none", markeredgecolor=MUTED, markeredgewidth=1.6)
    axes.axvline(step, color=MUTED, linestyle=(0, (4, 3)), linewidth=1.1, label=label)
