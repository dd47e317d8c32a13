"""The rows of the GAN benchmark: from turns to medians and ratios, to tables, to docs/results/."""

from __future__ import annotations

import csv
import os
import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent.parent / "docs" / "results"


@dataclass
class Row:
    """One line of a table and of a CSV: a variant beside the one it is compared with, taken turn by turn."""

    part: str
    variant: str
    beside: str
    images_per_second: float
    milliseconds: float
    ratio: float
    lowest: float
    highest: float
    ratio_means: str
    repeats: int
    words: str = ""


def speed_row(part: str, name: str, turns: dict[str, Sequence[float]], beside: str, batch: int, words: str = "") -> Row:
    """`name`'s images a second over those of `beside`: above 1 = faster.

    Args:
        turns: images a second of each turn, by variant; turn k of one ran next to turn k of the others.
        batch: images of a step.
    """
    ratios = [this / other for this, other in zip(turns[name], turns[beside], strict=True)]
    return row(part, name, turns[name], ratios, beside, "speed / beside's", batch, words)


def cost_row(part: str, name: str, turns: dict[str, Sequence[float]], beside: str, batch: int, words: str = "") -> Row:
    """Time of `name`'s step over that of `beside`: above 1 = costs time."""
    ratios = [other / this for this, other in zip(turns[name], turns[beside], strict=True)]
    return row(part, name, turns[name], ratios, beside, "time / beside's", batch, words)


def row(
    part: str, name: str, speeds: Sequence[float], ratios: list[float], beside: str, means: str, batch: int, words: str
) -> Row:
    """Medians over the turns, and how far the ratios lie apart."""
    speed, ratio = statistics.median(speeds), statistics.median(ratios)
    spread = min(ratios), max(ratios)
    return Row(part, name, beside, speed, 1000 * batch / speed, ratio, *spread, means, len(ratios), words)


def markdown(rows: list[Row]) -> str:
    """A table for a terminal and for a page alike."""
    lines = [["variant", "beside", "images/s", "ms/step", rows[0].ratio_means, "range"], ["---"] * 2 + ["---:"] * 4]
    for row in rows:
        numbers = [f"{row.images_per_second:,.0f}", f"{row.milliseconds:.1f}", f"{row.ratio:.2f}"]
        lines.append([row.variant, row.beside, *numbers, f"{row.lowest:.2f}..{row.highest:.2f}"])
    widths = [max(len(cells[column]) for cells in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"
        for cells in lines
    )


def save(rows: Sequence[Any], path: Path, about: dict[str, object], anew: bool = False) -> None:
    """Append data classes of one kind to the CSV, or write it anew; each with the date, the machine and the command."""
    about = {
        "date": time.strftime("%Y-%m-%d"),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "torch": version("torch"),
        **about,
    }
    anew = anew or not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w" if anew else "a", newline="") as stream:
        writer = csv.DictWriter(stream, [field.name for field in fields(rows[0])] + list(about))
        if anew:
            writer.writeheader()
        for row in rows:
            writer.writerow({key: rounded(value) for key, value in vars(row).items()} | about)


def rounded(value: Any) -> Any:
    """Four decimals, and of the smallest numbers two digits."""
    if not isinstance(value, float):
        return value
    return round(value, 4) if abs(value) >= 0.001 else float(f"{value:.1e}")
