"""Reading `metrics.csv` and cutting it; no torch here."""

from __future__ import annotations

import csv
import os
from pathlib import Path

HEADER = "step,name,value"


def read_rows(path: Path) -> list[tuple[int, str, float]]:
    """All whole rows (step, name, value); a torn last line is dropped, and no file has none."""
    try:
        text = path.read_text(errors="replace")
    except OSError:
        return []
    rows = []
    for row in csv.reader(text[: text.rfind("\n") + 1].splitlines()[1:]):
        try:
            rows.append((int(row[0]), row[1], float(row[2])))
        except (ValueError, IndexError):
            continue
    return rows


def cut_after(path: Path, step: int) -> None:
    """Keep the rows up to and with `step`: those after the checkpoint will be written again by the resumed run."""
    rows = "".join(f"{at},{name},{value!r}\n" for at, name, value in read_rows(path) if at <= step)
    draft = path.with_suffix(".csv.part")
    draft.write_text(f"{HEADER}\n{rows}")
    os.replace(draft, path)
