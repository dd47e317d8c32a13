"""The points of a run's curve over its steps, epochs or time, for the page and for the dashboard."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from artesano.compare.remember import until_changed
from artesano.compare.runs import Run
from artesano.runs.metrics import read_times

AXES = ("step", "epoch", "time")
WHY_NOT = {
    "epoch": "These runs do not record how many steps an epoch has.",
    "time": "These runs have no times.csv: they began before there were such files.",
}
UNITS = ((3600, "hours"), (60, "minutes"), (1, "seconds"))
POINTS = 200  # of a curve
KEPT = 2048  # files

Values = dict[float, float]  # x -> value


def along(run: Run, values: Mapping[int, float], axis: str) -> Values | None:
    """The same values over epochs or seconds instead of steps; None where the run does not record them."""
    xs: list[float] = list(values)
    if axis == "epoch":
        if not (epoch := steps_per_epoch(run.record)):
            return None
        xs = [step / epoch for step in values]
    elif axis == "time":
        if (times := clock(run)) is None:
            return None
        steps, seconds = (np.array(column, dtype=float) for column in times)
        xs = np.interp(xs, steps, seconds).tolist()
    return dict(zip(xs, values.values(), strict=True))


def unit(axis: str, longest: float) -> tuple[int, str]:
    """What x is divided by, and the title of its axis.

    Args:
        longest: the largest x.
    """
    if axis != "time":
        return 1, axis
    return next((choice for choice in UNITS if longest >= 2 * choice[0]), UNITS[-1])


def lacks(run: Run, axis: str) -> bool:
    """True where the curves of a run cannot be drawn over `axis`."""
    return along(run, {}, axis) is None


def missing(runs: Sequence[Run]) -> dict[str, str]:
    """Axis -> why none of the runs has it."""
    return {axis: why for axis, why in WHY_NOT.items() if all(lacks(run, axis) for run in runs)}


def steps_per_epoch(record: Mapping[str, Any]) -> float | None:
    """As recorded; of an older run as its steps tell, where they were given in epochs."""
    epochs, steps = record["config"].get("max_epochs"), record.get("steps")
    told = steps / epochs if steps and epochs and not record["config"].get("max_steps") else None
    return record.get("steps_per_epoch") or told


def clock(run: Run) -> list[list[Any]] | None:
    """[steps, seconds] from the beginning on."""
    return clock_of(run.folder / "times.csv")


@until_changed(KEPT)
def clock_of(path: Path) -> list[list[Any]] | None:
    times = points(dict(read_times(path)), POINTS)
    return times and [[0, *times[0]], [0.0, *times[1]]]


def points(values: Mapping[int, float] | None, most: int) -> list[list[Any]] | None:
    """[steps, values], with None for what is not finite."""
    if not values:
        return None
    shown = thinned(values, most)
    return [list(shown), [float(f"{value:.6g}") if math.isfinite(value) else None for value in shown.values()]]


def thinned(values: Mapping[int, float], most: int = POINTS) -> dict[int, float]:
    """Every so many steps, the last among them."""
    steps = sorted(values)
    stride = -(-len(steps) // most)
    return {step: values[step] for step in steps[::-1][::stride][::-1]}
