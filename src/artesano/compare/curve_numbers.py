"""The curves of the page as the numbers that `curves.js` draws: those of each run, and the groups of the runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from artesano.compare import charts
from artesano.compare.axes import POINTS, UNITS, clock, missing, points, steps_per_epoch
from artesano.compare.curves import by_name, recorded
from artesano.compare.groupings import Grouping
from artesano.compare.runs import Run
from artesano.compare.table import Comparison, Row
from artesano.compare.text import cell

RUNS = 200  # that have curves: those of the best rows
POINTS_OF_ALL, FEWEST = 20_000, 50  # of one metric, and at least of each run


def curve_numbers(comparison: Comparison, groupings: Mapping[str, Grouping]) -> dict[str, Any] | None:
    """What the page needs to draw the curves of any group; None where no run has any.

    Returns:
        `runs` in all; `metrics`: name -> for each drawn run its [steps, values] or None; `epochs`: steps of an epoch
        of each run or None; `times`: its [steps, seconds] or None; `units` of time; `missing`: axis -> why no
        run has it; `groups`: key -> `of`: the group of each run, and `labels` of the first groups.
    """
    every = [run for row in comparison.rows for run in row.runs]
    runs = every[:RUNS]
    most = min(POINTS, max(FEWEST, POINTS_OF_ALL // max(1, len(runs))))
    written = [by_name(run) for run in runs]
    metrics = {name: [points(values.get(name), most) for values in written] for name in recorded(runs)}
    if not metrics:
        return None
    return {
        "runs": len(every),
        "metrics": metrics,
        "epochs": [steps_per_epoch(run.record) for run in runs],
        "times": [clock(run) for run in runs],
        "units": UNITS,
        "missing": missing(runs),
        "groups": {
            key: {"of": places(grouping.rows, runs), "labels": labels(key, grouping)}
            for key, grouping in groupings.items()
        },
    }


def places(rows: Sequence[Row], runs: Sequence[Run]) -> list[int]:
    """The place of the row of each run."""
    place_of = {run.folder: place for place, row in enumerate(rows) for run in row.runs}
    return [place_of[run.folder] for run in runs]


def labels(key: str, grouping: Grouping) -> list[str]:
    """What stands in the legend, of as many groups as are drawn."""
    rows = grouping.rows[: charts.DRAWN]
    if not key:
        return charts.labels(rows, most=200)
    return [f"{grouping.name}={cell(row.about[key])} ({len(row.runs)})" for row in rows]
