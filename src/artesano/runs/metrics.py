"""Reading `metrics.csv` and `times.csv` and cutting them; no torch here."""

from __future__ import annotations

import csv
import os
from pathlib import Path

HEADER = "step,name,value"
TIMES_HEADER = "step,seconds"


def read_rows(path: Path) -> list[tuple[int, str, float]]:
    """All whole rows (step, name, value); a torn last line is dropped, and no file has none."""
    rows = []
    for row in whole_lines(path):
        try:
            rows.append((int(row[0]), row[1], float(row[2])))
        except (ValueError, IndexError):
            continue
    return rows


def read_times(path: Path) -> list[tuple[int, float]]:
    """Rows (step, seconds of training until then, of all sessions together); runs from before this file have none."""
    rows = []
    for row in whole_lines(path):
        try:
            rows.append((int(row[0]), float(row[1])))
        except (ValueError, IndexError):
            continue
    return rows


def whole_lines(path: Path) -> list[list[str]]:
    """The cells of each line but the header and a torn last one."""
    try:
        text = path.read_text(errors="replace")
    except OSError:
        return []
    return list(csv.reader(text[: text.rfind("\n") + 1].splitlines()[1:]))


def cut_after(folder: Path, step: int) -> None:
    """Keep the rows up to and with `step`: those after the checkpoint will be written again by the resumed run."""
    copy_until(folder, step, folder)


def copy_until(folder: Path, step: int, target: Path) -> None:
    """Write the rows of a run up to and with `step` into the folder of another."""
    rows = read_rows(folder / "metrics.csv")
    replace(target / "metrics.csv", HEADER, [f"{at},{name},{value!r}" for at, name, value in rows if at <= step])
    if (folder / "times.csv").exists():
        times = read_times(folder / "times.csv")
        replace(target / "times.csv", TIMES_HEADER, [f"{at},{seconds:.3f}" for at, seconds in times if at <= step])


def replace(path: Path, header: str, lines: list[str]) -> None:
    """Write the file anew, in one step."""
    draft = path.with_suffix(".csv.part")
    draft.write_text("\n".join([header, *lines]) + "\n")
    os.replace(draft, path)
