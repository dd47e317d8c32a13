"""Plotly figures of a comparison: parallel coordinates, importance, costs."""

from __future__ import annotations

import math
import statistics
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import plotly.graph_objects as go

from artesano.compare.table import Comparison, Row, usual
from artesano.compare.text import cell, numbers, short, shortened, unusual

HUES = ["#3f86bd", "#d9822b", "#46a06a", "#d1493b", "#9a78bd", "#2aa7a0", "#c9a227", "#b45f8d", "#9a7a5c", "#7f8c8d"]
SCALE = ["#3f6fbd", "#2aa7a0", "#e0b020"]  # low, middle, high; all of them readable on white and on black
INK = "#7d8a96"  # readable on white and on black
STYLE = (  # of the page: Plotly's parallel coordinates are made for white
    f".parcoords text {{ text-shadow: none !important }} .parcoords .domain {{ stroke: {INK} !important }}"
)
DRAWN = 20  # rows that have a curve and a colour: the best
FEW = 6  # rows
LABEL = 60  # characters of a label
TICKS = 8  # values of a number that are named
MANY = 2000  # points, from which on the graphics card draws them


def styled(figure: go.Figure, height: int = 420) -> go.Figure:
    """The common style; transparent, so that it fits a light and a dark page."""
    figure.update_layout(
        height=height,
        margin={"l": 56, "r": 16, "t": 24, "b": 48},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": INK, "family": "system-ui, sans-serif", "size": 13},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 11}},
        hovermode="closest",
    )
    figure.update_xaxes(gridcolor="rgba(128,128,128,.25)", zeroline=False)
    figure.update_yaxes(gridcolor="rgba(128,128,128,.25)", zeroline=False)
    return figure


def labels(rows: Sequence[Row], most: int = LABEL) -> list[str]:
    """Each row in `most` characters, `0012 +2 · strategy=full`: of a few rows how they differ, of many what is rare."""
    common = usual(rows)
    if len(rows) == 1 or not common:
        return [row.runs[0].title for row in rows]
    if len(rows) <= FEW:
        common = {key: value for key, value in common.items() if len({repr(row.about[key]) for row in rows}) == 1}
    for names in ({}, last_words(rows[0].about)):  # short names of keys where the whole ones do not fit
        texts = [f"{numbers(row)} · {unusual(row, common, names)}" for row in rows]
        if max(map(len, texts)) <= most:
            break
    return [shortened(text, most) for text in texts]


def last_words(keys: Iterable[str]) -> dict[str, str]:
    """`optimizer.lr` -> `lr`, where no other key ends like it."""
    words = {key: key.rpartition(".")[2] for key in keys}
    return {key: word for key, word in words.items() if list(words.values()).count(word) == 1}


def coordinates(comparison: Comparison) -> go.Figure | None:
    """Parallel coordinates: each row is a line through the values of its keys and its first metric."""
    metric = comparison.metrics[0]
    rows = [row for row in comparison.rows if row.mean(metric) is not None]
    columns = {key: [row.about[key] for row in rows] for key in comparison.columns}
    axes = [axis(key, values) for key, values in columns.items() if len(set(map(repr, values))) > 1]
    if not axes:
        return None
    results = [row.mean(metric) for row in rows]
    axes.append({"label": short(metric), "values": results})
    line = {"color": results, "colorscale": SCALE, "showscale": True}
    fonts = {"labelfont_size": 13, "tickfont_size": 12, "rangefont_color": "rgba(0,0,0,0)"}
    figure = styled(go.Figure(go.Parcoords(dimensions=axes, line=line, **fonts)), 460)
    return figure.update_layout(margin={"l": 140, "r": 48, "t": 56, "b": 24})


def axis(key: str, values: Sequence[Any]) -> dict[str, Any]:
    """An axis: linear or logarithmic for numbers, ticks for anything else."""
    ticks = sorted({repr(value): value for value in values}.values(), key=in_order)
    if not all(map(is_number, values)):
        names = list(dict.fromkeys(map(cell, ticks)))
        places = [names.index(cell(value)) for value in values]
        return {"label": short(key), "values": places, "tickvals": list(range(len(names))), "ticktext": names}
    decades = ticks[0] > 0 and ticks[-1] >= 10 * ticks[0]
    place = math.log10 if decades else float
    if len(ticks) > TICKS:
        ticks = [10.0**power for power in range(-9, 10) if ticks[0] <= 10.0**power <= ticks[-1]] if decades else []
    named = {"tickvals": list(map(place, ticks)), "ticktext": [f"{tick:g}" for tick in ticks]} if ticks else {}
    return {"label": short(key), "values": list(map(place, values)), **named}


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def in_order(value: Any) -> tuple[bool, float, str]:
    """Numbers by size, then words."""
    return (False, value, "") if is_number(value) else (True, 0.0, cell(value))


IMPORTANCE = (
    "Share of the variance of the first metric that the values of one key explain, beyond what as many values "
    "would by chance (epsilon squared)."
)


def importance(comparison: Comparison) -> dict[str, float]:
    """Key -> share of the variance of the first metric that the key alone explains (epsilon squared).

    1 = the key explains all of the variance; 0 = none of it by itself. The share expected by chance is
    subtracted; numbers with many values, as a search draws them, are grouped in up to fifths of the runs.
    """
    metric = comparison.metrics[0]
    pairs = [(row.about, number) for row in comparison.rows for number in row.numbers(metric)]
    if len(pairs) < 3:
        return {}
    numbers = [number for _, number in pairs]
    total = statistics.variance(numbers) * (len(numbers) - 1)
    mean, shares = statistics.fmean(numbers), {}
    for key in comparison.columns:
        groups: dict[Any, list[float]] = defaultdict(list)
        for group, number in zip(grouped([about[key] for about, _ in pairs]), numbers, strict=True):
            groups[group].append(number)
        if 1 < len(groups) < len(numbers):
            between = sum(len(some) * (statistics.fmean(some) - mean) ** 2 for some in groups.values())
            chance = (len(groups) - 1) * (total - between) / (len(numbers) - len(groups))
            shares[key] = max(0.0, (between - chance) / total) if total else 0.0
    return dict(sorted(shares.items(), key=lambda pair: -pair[1]))


def grouped(values: Sequence[Any]) -> list[Any]:
    """The values; numbers that hardly repeat as quantile groups of three runs or more, at most fifths."""
    distinct = len(set(map(repr, values)))
    if not all(map(is_number, values)) or (distinct <= TICKS and 2 * distinct <= len(values)):
        return list(map(repr, values))
    groups = min(5, len(values) // 3)
    ends = statistics.quantiles(values, n=groups) if groups > 1 else []
    return [bisect_left(ends, value) for value in values]


def bars(shares: dict[str, float]) -> go.Figure | None:
    """The importances, the largest on top."""
    if not shares:
        return None
    names = list(shares)[::-1]
    figure = go.Figure(go.Bar(x=[shares[name] for name in names], y=names, orientation="h", marker_color=HUES[0]))
    figure.update_xaxes(title="share of the variance", range=[0, 1])
    figure.update_yaxes(automargin=True, ticksuffix=" ")
    return styled(figure, 120 + 30 * len(names))


def cost(comparison: Comparison, key: str, title: str) -> go.Figure | None:
    """The first metric of each run against its cost on a logarithmic axis; the best rows in colour."""
    metric = comparison.metrics[0]
    points = [
        (run.values[key], run.values[metric], HUES[place % len(HUES)] if place < DRAWN else INK, label)
        for place, (row, label) in enumerate(zip(comparison.rows, labels(comparison.rows), strict=True))
        for run in row.runs
        if run.values.get(key) and run.values.get(metric) is not None
    ]
    if len(points) < 2 or metric == key:
        return None
    x, y, hues, names = zip(*reversed(points), strict=True)  # the best on top
    kind = go.Scattergl if len(points) > MANY else go.Scatter
    figure = go.Figure(kind(x=x, y=y, text=names, mode="markers", marker={"color": hues, "size": 9, "opacity": 0.8}))
    span = max(x) / min(x)  # ticks at 1, 10, 100, or at 1, 2, 5, 10, or where Plotly wants them
    ticks = {"dtick": 1 if span > 100 else "D2", "tickformat": "~s"} if span > 4 else {}
    figure.update_xaxes(title=title, type="log", **ticks)
    figure.update_yaxes(title=short(metric))
    return styled(figure)
