"""Learning curves from `metrics.csv`, as means over the seeds with a band."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from artesano.compare.axes import KEPT, Values, along, thinned, unit
from artesano.compare.charts import DRAWN, HUES, INK, labels, styled
from artesano.compare.remember import until_changed
from artesano.compare.runs import Run
from artesano.compare.table import Comparison, Row
from artesano.runs.metrics import read_rows

SEEDS = 30  # runs of a row that its curve is the mean of
GRID = 400  # points of a mean over several runs
DASHES = ("solid", "dash")  # of the first ten and of the others


def recorded(runs: Sequence[Run]) -> list[str]:
    """Metrics that have a curve, the one that chose the best checkpoint of the first run before all."""
    monitor = (runs[0].record.get("monitor") or {}).get("name") if runs else None
    return sorted({name for run in runs for name in by_name(run)}, key=lambda name: (name != monitor, rank(name)))


def drawn_runs(rows: Sequence[Row]) -> list[Run]:
    """Those that curves are made of."""
    return [run for row in rows[:DRAWN] for run in row.runs[:SEEDS]]


def rank(name: str) -> tuple[int, str]:
    """Validation first, then losses, then health."""
    order = ("val/", "train/", "health/")
    return next((at for at, part in enumerate(order) if name.startswith(part)), len(order)), name


def curve(comparison: Comparison, name: str, smoothing: float = 0.0, axis: str = "step") -> go.Figure | None:
    """Means over the seeds, with a band from the lowest to the highest, of the best rows.

    Args:
        smoothing: in [0, 1), the share of the past in each point; the curve as it is stays faint.
        axis: what x is: step, epoch or time; runs that do not record it are left out.
    """
    figure, drawn = go.Figure(), comparison.rows[:DRAWN]
    lines = [lines_of(row, name, axis) for row in drawn]
    size, title = unit(axis, max((max(line) for some in lines for line in some), default=0.0))
    for place, (some, label) in enumerate(zip(lines, labels(drawn, most=200), strict=True)):
        points = band([{x / size: value for x, value in line.items()} for line in some])
        if points:
            add_band(figure, points, label, HUES[place % len(HUES)], DASHES[place // len(HUES)], smoothing)
    if not figure.data:
        return None
    figure.update_xaxes(title=title)
    figure.update_yaxes(title=name)
    return styled(figure).update_layout(showlegend=False)


def lines_of(row: Row, name: str, axis: str) -> list[Values]:
    """x -> value of each run of a row that has both."""
    lines = [along(run, by_name(run).get(name, {}), axis) for run in row.runs[:SEEDS]]
    return [line for line in lines if line]


def legend(figure: go.Figure) -> str:
    """The names of the curves as HTML, whose lines wrap on a screen of any width."""
    named = [trace for trace in figure.data if trace.showlegend is not False]
    swatch = '<i style="border-top: 3px {} {}; width: 1.3rem; display: inline-block; margin: 0 .4rem .2rem 0"></i>'
    dashes = {"solid": "solid", "dash": "dashed"}
    entries = [swatch.format(dashes[trace.line.dash], trace.line.color) + escape(trace.name) for trace in named]
    spans = (f'<span class="legend" style="color: {INK}; font-size: .8rem">{entry}</span>' for entry in entries)
    return f'<div style="display: flex; flex-wrap: wrap; gap: 0 1rem">{"".join(spans)}</div>'


def by_name(run: Run) -> dict[str, dict[int, float]]:
    """Metric -> step -> value, thinned to `POINTS`; of metrics with two values or more."""
    return {name: values for name, values in written(run.folder / "metrics.csv").items() if len(values) > 1}


def newest(run: Run) -> dict[str, tuple[int, float]]:
    """Metric -> the newest (step, value)."""
    return {name: max(values.items()) for name, values in written(run.folder / "metrics.csv").items()}


@until_changed(KEPT)
def written(path: Path) -> dict[str, dict[int, float]]:
    """The values of a metrics file, thinned."""
    values: dict[str, dict[int, float]] = defaultdict(dict)
    for step, name, value in read_rows(path):
        values[name][step] = value
    return {name: thinned(steps) for name, steps in values.items()}


def band(runs: Sequence[Mapping[float, float]]) -> list[tuple[float, float, float, float]]:
    """(x, mean, lowest, highest) at the steps of any run, over the runs that came so far.

    Between two of its steps a run's value is interpolated; NaN and infinities are gaps.
    """
    steps = sorted({step for run in runs for step in run})
    steps = steps[::-1][:: max(1, -(-len(steps) // GRID))][::-1]  # the last among them
    lines = np.array([np.interp(steps, list(run), list(run.values()), np.nan, np.nan) for run in runs])
    rows = []
    for step, column in zip(steps, lines.T, strict=True):
        numbers = column[np.isfinite(column)]
        if len(numbers):
            rows.append((step, float(numbers.mean()), float(numbers.min()), float(numbers.max())))
        else:
            rows.append((step, math.nan, math.nan, math.nan))
    return rows


def smoothed(values: Sequence[float], weight: float) -> list[float]:
    """Exponential moving average without the bias of its start."""
    return pd.Series(values).ewm(alpha=1 - weight, ignore_na=True).mean().tolist()


def add_band(
    figure: go.Figure,
    points: list[tuple[float, float, float, float]],
    name: str,
    hue: str,
    dash: str,
    smoothing: float,
) -> None:
    x, mean, low, high = (list(column) for column in zip(*points, strict=True))
    if low != high:
        red, green, blue = (int(hue[at : at + 2], 16) for at in (1, 3, 5))
        figure.add_scatter(
            x=[*x, *x[::-1]], y=[*high, *low[::-1]], fill="toself", fillcolor=f"rgba({red},{green},{blue},.18)",
            line={"width": 0}, mode="lines", hoverinfo="skip", showlegend=False, legendgroup=name,
        )  # fmt: skip
    line = {"color": hue, "width": 2, "dash": dash}
    if smoothing:
        faint = {"opacity": 0.3, "hoverinfo": "skip", "showlegend": False}
        figure.add_scatter(x=x, y=mean, legendgroup=name, line=line | {"width": 1}, mode="lines", **faint)
        mean = smoothed(mean, smoothing)
    figure.add_scatter(x=x, y=mean, name=name, legendgroup=name, line=line, mode="lines")
