"""The figures of a comparison, as Plotly draws them: curves, coordinates, importance, costs."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from artesano.compare.runs import Run
from artesano.compare.table import Comparison, Row, usual
from artesano.compare.text import cell, short, unusual
from artesano.experiment.metrics_rows import read_rows

HUES = ["#3f86bd", "#d9822b", "#46a06a", "#d1493b", "#9a78bd", "#2aa7a0", "#c9a227", "#b45f8d", "#9a7a5c", "#7f8c8d"]
INK = "#7d8a96"  # readable on white and on black
DRAWN = 20  # rows that have curves: the best
SEEDS = 30  # runs of a row that its curve is the mean of
POINTS = 200  # of a curve
LABEL = 60  # characters


def styled(figure: go.Figure, height: int = 420) -> go.Figure:
    """The look that all of them share; transparent, so that the page decides on light or dark."""
    figure.update_layout(
        height=height,
        margin={"l": 56, "r": 16, "t": 24, "b": 48},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": INK, "family": "system-ui, sans-serif", "size": 13},
        legend={"orientation": "h", "y": -0.18, "font": {"size": 11}},
        hovermode="closest",
    )
    figure.update_xaxes(gridcolor="rgba(128,128,128,.25)", zeroline=False)
    figure.update_yaxes(gridcolor="rgba(128,128,128,.25)", zeroline=False)
    return figure


def label(row: Row, common: dict[str, Any]) -> str:
    """What is special about a row, short enough for a legend."""
    text = unusual(row, common) if row.about else row.runs[0].record["name"]
    return text if len(text) <= LABEL else text[: LABEL - 1] + "…"


def curves(found: Comparison) -> dict[str, go.Figure]:
    """Metric -> means over the seeds by step, with a band from the lowest to the highest, of the best rows."""
    drawn, common = found.rows[:DRAWN], usual(found.rows)
    read = [[by_name(run) for run in row.runs[:SEEDS]] for row in drawn]
    names = sorted({name for runs in read for run in runs for name in run}, key=rank)
    figures = {}
    for name in names:
        figure = go.Figure()
        for place, (row, runs) in enumerate(zip(drawn, read, strict=True)):
            steps = band([run[name] for run in runs if name in run])
            if steps:
                add_band(figure, steps, label(row, common), HUES[place % len(HUES)])
        if figure.data:
            figure.update_xaxes(title="step")
            figure.update_yaxes(title=name)
            figures[name] = styled(figure, 460)
    return figures


def rank(name: str) -> tuple[int, str]:
    """Validation first, then losses, then health."""
    order = ("val/", "train/", "health/")
    return next((at for at, part in enumerate(order) if name.startswith(part)), len(order)), name


def by_name(run: Run) -> dict[str, dict[int, float]]:
    """Metric -> step -> value, thinned to `POINTS`."""
    found: dict[str, dict[int, float]] = defaultdict(dict)
    for step, name, value in read_rows(run.folder / "metrics.csv"):
        found[name][step] = value
    return {name: thinned(values) for name, values in found.items() if len(values) > 1}


def thinned(values: dict[int, float]) -> dict[int, float]:
    """Every so many steps, the last among them."""
    steps = sorted(values)
    stride = -(-len(steps) // POINTS)
    return {step: values[step] for step in steps[::-1][::stride][::-1]}


def band(runs: Sequence[dict[int, float]]) -> list[tuple[int, float, float, float]]:
    """(step, mean, lowest, highest) of the steps that all runs have; NaN and infinities are gaps."""
    if not runs:
        return []
    shared = sorted(set.intersection(*(set(run) for run in runs))) or sorted(runs[0])
    rows = []
    for step in shared:
        numbers = [run[step] for run in runs if step in run]
        rows.append((step, statistics.fmean(numbers), min(numbers), max(numbers)))
    return rows


def add_band(figure: go.Figure, steps: list[tuple[int, float, float, float]], name: str, hue: str) -> None:
    x, mean, low, high = (list(column) for column in zip(*steps, strict=True))
    if low != high:
        red, green, blue = (int(hue[at : at + 2], 16) for at in (1, 3, 5))
        figure.add_scatter(
            x=[*x, *x[::-1]], y=[*high, *low[::-1]], fill="toself", fillcolor=f"rgba({red},{green},{blue},.18)",
            line={"width": 0}, hoverinfo="skip", showlegend=False, legendgroup=name,
        )  # fmt: skip
    figure.add_scatter(x=x, y=mean, name=name, legendgroup=name, line={"color": hue, "width": 2}, mode="lines")


def coordinates(found: Comparison) -> go.Figure | None:
    """Each row a line through the values of its keys to its first metric; axes can be brushed."""
    metric = found.metrics[0]
    rows = [row for row in found.rows if row.mean(metric) is not None]
    if len(rows) < 2 or not found.columns:
        return None
    axes = [axis(key, [row.about[key] for row in rows]) for key in found.columns]
    results = [row.mean(metric) for row in rows]
    axes.append({"label": short(metric), "values": results})
    line = {"color": results, "colorscale": "Viridis", "showscale": True}
    figure = styled(go.Figure(go.Parcoords(dimensions=axes, line=line)), 460)
    return figure.update_layout(margin={"l": 140, "r": 48, "t": 56, "b": 24})


def axis(key: str, values: Sequence[Any]) -> dict[str, Any]:
    """Numbers as they are, anything else as ticks."""
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return {"label": short(key), "values": list(values)}
    names = sorted({cell(value) for value in values})
    places = [names.index(cell(value)) for value in values]
    return {"label": short(key), "values": places, "tickvals": list(range(len(names))), "ticktext": names}


def importance(found: Comparison) -> dict[str, float]:
    """Key -> share of the variance of the first metric over runs that its values alone explain (eta squared).

    1 = the key decides everything; near 0 = it does not matter by itself. With few runs for each value it flatters.
    """
    metric = found.metrics[0]
    pairs = [(row.about, number) for row in found.rows for number in row.numbers(metric)]
    if len(pairs) < 3:
        return {}
    mean = statistics.fmean(number for _, number in pairs)
    total = sum((number - mean) ** 2 for _, number in pairs)
    shares = {}
    for key in found.columns:
        groups: dict[str, list[float]] = defaultdict(list)
        for about, number in pairs:
            groups[repr(about[key])].append(number)
        between = sum(len(some) * (statistics.fmean(some) - mean) ** 2 for some in groups.values())
        shares[key] = between / total if total else 0.0
    return dict(sorted(shares.items(), key=lambda pair: -pair[1]))


def bars(shares: dict[str, float]) -> go.Figure | None:
    """The importances, the largest on top."""
    if not shares:
        return None
    names = list(shares)[::-1]
    figure = go.Figure(go.Bar(x=[shares[name] for name in names], y=names, orientation="h", marker_color=HUES[0]))
    figure.update_xaxes(title="share of the variance that the key alone explains", range=[0, 1])
    figure.update_yaxes(automargin=True)
    return styled(figure, 120 + 30 * len(names))


def cost(found: Comparison, key: str, title: str) -> go.Figure | None:
    """The first metric of each run against what it cost, on a logarithmic axis."""
    metric, common = found.metrics[0], usual(found.rows)
    figure = go.Figure()
    for place, row in enumerate(found.rows):
        points = [(run.values.get(key), run.values.get(metric)) for run in row.runs]
        points = [(x, y) for x, y in points if x and y is not None]
        if points:
            x, y = zip(*points, strict=True)
            marker = {"color": HUES[place % len(HUES)], "size": 9}
            figure.add_scatter(x=x, y=y, mode="markers", name=label(row, common), marker=marker)
    if len(figure.data) < 2:
        return None
    figure.update_xaxes(title=title, type="log")
    figure.update_yaxes(title=short(metric))
    figure.update_layout(showlegend=False)
    return styled(figure)
