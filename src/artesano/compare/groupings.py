"""The table of the page: all of its columns, and its rows grouped by one key or another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from artesano.compare.runs import Run
from artesano.compare.table import Comparison, Row, best_places, rows_by
from artesano.compare.text import cell, short

GROUPS = 40  # a key of more values groups nothing
FURTHER = 40  # metrics that can be shown besides those of the comparison
ROWS = 500  # in which they are
ALSO = ("parameters.trainable", "parameters.total", "speed.samples_per_second")  # no metrics, but measured


@dataclass(frozen=True)
class Grouping:
    """Rows of equal values of one key.

    Attributes:
        name: of the key as the page shows it.
        best: metric -> places of its best rows.
    """

    name: str
    rows: list[Row]
    best: dict[str, list[int]]


@dataclass(frozen=True)
class PageTable:
    """What the table can show.

    Attributes:
        metrics: columns of numbers; the first `shown` of them at first, the others when they are chosen.
        groupings: by key; the empty one holds the rows as they were compared.
    """

    metrics: list[str]
    shown: int
    columns: list[str]
    groupings: dict[str, Grouping]


def page_table(comparison: Comparison, config: dict[str, list[Any]]) -> PageTable:
    """All columns and groupings.

    Args:
        config: keys that differ between the rows.
    """
    runs = [run for row in comparison.rows for run in row.runs]
    metrics = [*comparison.metrics, *further(comparison, runs)]
    tables = {"": comparison.rows}
    for key in [*comparison.columns, *sorted(set(config) - set(comparison.columns)), "seed"]:
        values = {repr(run.values.get(key)) for run in runs}
        if 1 < len(values) <= GROUPS:
            tables[key] = rows_by(runs, [key], metrics)
    return PageTable(
        metrics,
        len(comparison.metrics),
        comparison.columns,
        {key: Grouping(short(key), rows, best(rows, metrics)) for key, rows in tables.items()},
    )


def further(comparison: Comparison, runs: Sequence[Run]) -> list[str]:
    """Names of other numbers that runs have, those that most of them have first."""
    if len(comparison.rows) > ROWS:
        return []
    counts: dict[str, int] = {}
    for run in runs:
        for name in (*run.metrics, *(name for name in ALSO if run.values.get(name) is not None)):
            counts[name] = counts.get(name, 0) + 1
    names = sorted(counts.keys() - set(comparison.metrics), key=lambda name: (-counts[name], name in ALSO, name))
    return names[:FURTHER]


def best(rows: list[Row], metrics: Sequence[str]) -> dict[str, list[int]]:
    return {name: best_places(rows, name) for name in metrics}


def shared(row: Row, key: str) -> str:
    """The value of a key in all runs of the row, or how many it has."""
    values = {repr(value): value for value in (run.values.get(key) for run in row.runs)}
    return cell(next(iter(values.values()))) if len(values) == 1 else f"{len(values)} values"
