"""Metrics side by side, and beside them the floor: what real images score in place of samples. No torch here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from rich.table import Table

from artesano.runs.floors import FLOOR, floors_of, kind, multiple, over_floor

Metrics = Mapping[str, float | None]


def metrics_table(columns: Mapping[str, Metrics], main: str, names: Iterable[str], floor: Metrics, title: str) -> Table:
    """A line for each metric; where there are floors, they and the multiples of them are two further columns.

    Args:
        columns: metrics by the heading of their column.
        main: the column in bold, whose metrics are divided by the floors.
        names: of the metrics.
        floor: holds the floors, `test/fd_lite0_1k_floor`, and may hold other metrics.
    """
    floors = floors_of(floor)
    table = Table(title=title, title_justify="left")
    table.add_column("metric", overflow="fold")
    for heading in columns:
        table.add_column(heading, justify="right", style="bold" if heading == main else "")
    for heading in ("floor", "multiple") if floors else ():
        table.add_column(heading, justify="right")
    for name in names:
        if floors and FLOOR in name:
            continue
        cells = [number(column.get(name)) for column in columns.values()]
        times = multiple(name, over_floor(name, columns[main].get(name), floors))
        table.add_row(name, *cells, *([number(floors.get(kind(name))), times] if floors else []))
    return table


def number(value: float | None) -> str:
    """Four digits after the point, one of a large number; a dash for what is not a number."""
    if value is None or math.isnan(value):
        return "-"
    return f"{value:.4f}" if abs(value) < 100 else f"{value:,.1f}"
