"""`metrics.csv`: one row per value (`step,name,value`), append-only, so a crash can tear its last line at most.

Lightning's own CSVLogger deletes the file when a second logger opens it, so a resumed run would lose its past.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

from pytorch_lightning.loggers.logger import Logger

HEADER = "step,name,value"


class MetricsCsv(Logger):
    """Appends what the run logs to `<folder>/metrics.csv`."""

    def __init__(self, folder: Path):
        super().__init__()
        self.path = folder / "metrics.csv"
        if not self.path.exists():
            self.path.write_text(HEADER + "\n")

    @property
    def name(self) -> str:
        return "csv"

    @property
    def version(self) -> str:
        return ""

    def log_hyperparams(self, *args, **kwargs) -> None:
        """The config lies beside the file already."""

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        rows = "".join(f"{step},{name},{float(value)!r}\n" for name, value in metrics.items())
        with self.path.open("a") as stream:
            stream.write(rows)


def read_rows(path: Path) -> list[tuple[int, str, float]]:
    """All whole rows (step, name, value); a torn last line is dropped."""
    if not path.exists():
        return []
    text = path.read_text(errors="replace")
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
