"""`metrics.csv`: one row per value (`step,name,value`), append-only, so a crash can tear its last line at most.

Lightning's own CSVLogger deletes the file when a second logger opens it, so a resumed run would lose its past. When
each step was logged stands in a file of its own, `times.csv`: two equal runs have equal metrics, not equal times.
"""

from __future__ import annotations

import time
from pathlib import Path

from pytorch_lightning.loggers.logger import Logger
from pytorch_lightning.utilities import rank_zero_only

from artesano.experiment.ranks import is_main_process
from artesano.runs.metrics import HEADER, TIMES_HEADER, read_times


class MetricsCsv(Logger):
    """Appends what the run logs to `<folder>/metrics.csv`, and the seconds until then to `<folder>/times.csv`."""

    def __init__(self, folder: Path):
        super().__init__()
        self.path, self.times = folder / "metrics.csv", folder / "times.csv"
        if is_main_process() and not self.path.exists():
            self.path.write_text(HEADER + "\n", encoding="utf-8")
            self.times.write_text(TIMES_HEADER + "\n", encoding="utf-8")
        self.timed = self.times.exists()  # not in a run that began before there were such files
        self.last_step, self.before = (read_times(self.times) or [(-1, 0.0)])[-1]
        self.began: float | None = None

    @property
    def name(self) -> str:
        return "csv"

    @property
    def version(self) -> str:
        return ""

    def log_hyperparams(self, *args, **kwargs) -> None:
        """Does nothing: config.yaml is in the folder already."""

    def seconds(self) -> float:
        """Of training until now, over all sessions of the run; the first call begins this session's."""
        now = time.perf_counter()
        if self.began is None:
            self.began = now - self.before  # seconds between sessions, and those of building, do not count
        return now - self.began

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        rows = "".join(f"{step},{name},{float(value)!r}\n" for name, value in metrics.items())
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(rows)
        if self.timed and step is not None and step > self.last_step:
            self.last_step = step
            with self.times.open("a", encoding="utf-8") as stream:
                stream.write(f"{step},{self.seconds():.3f}\n")
