"""The rows of the benchmark: from turns to medians and ratios, to a table, to docs/results/bench_transfer.csv."""

from __future__ import annotations

import csv
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from importlib.metadata import version
from pathlib import Path

from rich.table import Table

RESULTS = Path(__file__).resolve().parent.parent / "docs" / "results"


@dataclass
class Row:
    """One line of a table and of the CSV; None = does not apply."""

    part: str
    variant: str
    images_per_second: float | None = None
    lowest: float | None = None
    highest: float | None = None
    seconds: float | None = None
    ratio: float | None = None
    ratio_means: str = ""
    test_accuracy: float | None = None
    peak_mib: float | None = None
    repeats: int = 0
    note: str = ""


class Turns(dict[str, list[float]]):
    """Images a second of each turn, by variant; and the variants' peak memory."""

    def __init__(self, variants: dict[str, list[float]]):
        super().__init__(variants)
        self.peaks: dict[str, float] = {}


def measured(part: str, turns: Turns, ratio: Callable[[str, int], float], ratio_means: str) -> list[Row]:
    """A row for each variant: medians over the turns; ratios are taken within a turn."""
    return [
        Row(
            part,
            name,
            images_per_second=statistics.median(speeds),
            lowest=min(speeds),
            highest=max(speeds),
            ratio=statistics.median(ratio(name, turn) for turn in range(len(speeds))),
            ratio_means=ratio_means,
            peak_mib=turns.peaks[name],
            repeats=len(speeds),
        )
        for name, speeds in turns.items()
    ]


def as_table(rows: list[Row], title: str) -> Table:
    """The rows of one part for the terminal."""
    means = next((row.ratio_means for row in rows if row.ratio_means), "")
    columns = {
        "images/s": [number(row.images_per_second) for row in rows],
        "range": ["" if row.lowest is None else f"{row.lowest:.0f}..{row.highest:.0f}" for row in rows],
        "seconds": [number(row.seconds, 1) for row in rows],
        means: [number(row.ratio, 2) for row in rows],
        "test accuracy": [number(row.test_accuracy, 3) for row in rows],
        "peak MiB": [number(row.peak_mib) for row in rows],
    }
    shown = {name: cells for name, cells in columns.items() if any(cells)}
    table = Table("variant", title=title, title_justify="left")
    for name in shown:
        table.add_column(name, justify="right")
    table.add_column("note")
    for place, row in enumerate(rows):
        table.add_row(row.variant, *(cells[place] for cells in shown.values()), row.note)
    return table


def number(value: float | None, digits: int = 0) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def append(rows: list[Row], command: str, path: Path = RESULTS / "bench_transfer.csv") -> None:
    """Each row with the date, the machine and the command."""
    about = {
        "date": time.strftime("%Y-%m-%d"),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "torch": version("torch"),
        "command": command,
    }
    columns = [field.name for field in fields(Row)] + list(about)
    fresh = not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        if fresh:
            writer.writeheader()
        for row in rows:
            values = {key: round(value, 4) if isinstance(value, float) else value for key, value in vars(row).items()}
            writer.writerow(values | about)
