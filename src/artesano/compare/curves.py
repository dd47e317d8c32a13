"""Learning curves from `metrics.csv`, as means over the seeds with a band."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import plotly.graph_objects as go

from artesano.compare.charts import DRAWN, HUES, labels, styled
from artesano.compare.remember import until_changed
from artesano.compare.runs import Run
from artesano.compare.table import Comparison, Row
from artesano.runs.metrics import read_rows

SEEDS = 30  # runs of a row that its curve is the mean of
POINTS = 200  # of a curve
DASHES = ("solid", "dash")  # of the first ten and of the others
KEPT = 2048  # files

Values = dict[int, float]  # step -> value


def curves(comparison: Comparison) -> dict[str, go.Figure]:
    """Metric -> its curves, of the best rows."""
    return {name: figure for name in recorded(comparison.rows) if (figure := curve(comparison, name)) is not None}


def recorded(rows: Sequence[Row]) -> list[str]:
    """Metrics that have a curve in the drawn rows."""
    return sorted({name for row in rows[:DRAWN] for run in row.runs[:SEEDS] for name in by_name(run)}, key=rank)


def rank(name: str) -> tuple[int, str]:
    """Validation first, then losses, then health."""
    order = ("val/", "train/", "health/")
    return next((at for at, part in enumerate(order) if name.startswith(part)), len(order)), name


def curve(comparison: Comparison, name: str) -> go.Figure | None:
    """Means over the seeds by step, with a band from the lowest to the highest, of the best rows."""
    figure, drawn = go.Figure(), comparison.rows[:DRAWN]
    for place, (row, label) in enumerate(zip(drawn, labels(drawn), strict=True)):
        steps = band([values for run in row.runs[:SEEDS] if (values := by_name(run).get(name))])
        if steps:
            add_band(figure, steps, label, HUES[place % len(HUES)], DASHES[place // len(HUES)])
    if not figure.data:
        return None
    figure.update_layout(showlegend=True)  # also of one
    figure.update_xaxes(title="step")
    figure.update_yaxes(title=name)
    return styled(figure, 400 + 10 * len(drawn))


def by_name(run: Run) -> dict[str, Values]:
    """Metric -> step -> value, thinned to `POINTS`; of metrics with two values or more."""
    return {name: values for name, values in written(run.folder / "metrics.csv").items() if len(values) > 1}


def newest(run: Run) -> dict[str, tuple[int, float]]:
    """Metric -> the newest (step, value)."""
    return {name: max(values.items()) for name, values in written(run.folder / "metrics.csv").items()}


@until_changed(KEPT)
def written(path: Path) -> dict[str, Values]:
    """The values of a metrics file, thinned."""
    values: dict[str, Values] = defaultdict(dict)
    for step, name, value in read_rows(path):
        values[name][step] = value
    return {name: thinned(steps) for name, steps in values.items()}


def thinned(values: Values) -> Values:
    """Every so many steps, the last among them."""
    steps = sorted(values)
    stride = -(-len(steps) // POINTS)
    return {step: values[step] for step in steps[::-1][::stride][::-1]}


def band(runs: Sequence[Values]) -> list[tuple[int, float, float, float]]:
    """(step, mean, lowest, highest) at the steps that all runs have that came so far; NaN and infinities are gaps."""
    last = [max(run) for run in runs]
    rows = []
    for step in sorted({step for run in runs for step in run}):
        numbers = [run[step] for run in runs if step in run]
        if len(numbers) == sum(step <= end for end in last):
            rows.append((step, statistics.fmean(numbers), min(numbers), max(numbers)))
    return rows or [(step, value, value, value) for run in runs[:1] for step, value in sorted(run.items())]


def add_band(figure: go.Figure, steps: list[tuple[int, float, float, float]], name: str, hue: str, dash: str) -> None:
    x, mean, low, high = (list(column) for column in zip(*steps, strict=True))
    if low != high:
        red, green, blue = (int(hue[at : at + 2], 16) for at in (1, 3, 5))
        figure.add_scatter(
            x=[*x, *x[::-1]], y=[*high, *low[::-1]], fill="toself", fillcolor=f"rgba({red},{green},{blue},.18)",
            line={"width": 0}, mode="lines", hoverinfo="skip", showlegend=False, legendgroup=name,
        )  # fmt: skip
    line = {"color": hue, "width": 2, "dash": dash}
    figure.add_scatter(x=x, y=mean, name=name, legendgroup=name, line=line, mode="lines")
