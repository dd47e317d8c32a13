"""`metrics.csv`: one row per value (`step,name,value`), append-only, so a crash can tear its last line at most.

Lightning's own CSVLogger deletes the file when a second logger opens it, so a resumed run would lose its past.
"""

from __future__ import annotations

from pathlib import Path

from pytorch_lightning.loggers.logger import Logger
from pytorch_lightning.utilities import rank_zero_only

from artesano.experiment.ranks import is_main_process
from artesano.runs.metrics import HEADER


class MetricsCsv(Logger):
    """Appends what the run logs to `<folder>/metrics.csv`."""

    def __init__(self, folder: Path):
        super().__init__()
        self.path = folder / "metrics.csv"
        if is_main_process() and not self.path.exists():
            self.path.write_text(HEADER + "\n", encoding="utf-8")

    @property
    def name(self) -> str:
        return "csv"

    @property
    def version(self) -> str:
        return ""

    def log_hyperparams(self, *args, **kwargs) -> None:
        """Does nothing: config.yaml is in the folder already."""

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        rows = "".join(f"{step},{name},{float(value)!r}\n" for name, value in metrics.items())
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(rows)
