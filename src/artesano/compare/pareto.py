"""The Pareto front of two metrics: the runs that no other run beats in both."""

from __future__ import annotations

import plotly.graph_objects as go

from artesano.compare.charts import HUES, INK, labels, styled
from artesano.compare.table import Comparison, Row, lower_is_better
from artesano.compare.text import short


def front(rows: list[Row], metrics: tuple[str, str]) -> list[Row]:
    """Those of `rows` that no other is better in one metric and not worse in the other; by the first metric."""

    def costs(row: Row) -> tuple[float, float]:
        means = [(row.mean(name) or 0.0, lower_is_better(name)) for name in metrics]
        return tuple(mean if lower else -mean for mean, lower in means)  # type: ignore[return-value]

    measured = [row for row in rows if all(row.mean(name) is not None for name in metrics)]
    front_rows: list[Row] = []
    for row in sorted(measured, key=costs):
        last = costs(front_rows[-1]) if front_rows else (0.0, float("inf"))
        if costs(row)[1] < last[1] or costs(row) == last:
            front_rows.append(row)
    return front_rows


def pareto(comparison: Comparison, metrics: tuple[str, str]) -> go.Figure | None:
    """All rows by both metrics, the front in colour and joined; None with fewer than two rows that have both."""
    best = front(comparison.rows, metrics)
    others = [row for row in comparison.rows if row not in best and all(row.mean(name) is not None for name in metrics)]
    if len(best) + len(others) < 2:
        return None
    figure = go.Figure()
    for name, rows, marker, mode in (
        ("beaten", others, {"color": INK, "size": 8}, "markers"),
        ("Pareto front", best, {"color": HUES[0], "size": 11}, "markers+lines"),
    ):
        x, y = ([row.mean(metric) for row in rows] for metric in metrics[::-1])
        line = {"color": HUES[0], "dash": "dot"}
        figure.add_scatter(x=x, y=y, name=name, mode=mode, marker=marker, line=line, text=labels(rows))
    figure.update_xaxes(title=short(metrics[1]))
    figure.update_yaxes(title=short(metrics[0]))
    return styled(figure)
