"""The progress bar: one for the whole run, with the newest metrics and the time left."""

from __future__ import annotations

import time
from typing import Any

import pytorch_lightning as pl
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


class RunProgress(pl.callbacks.ProgressBar):
    """A rich bar on a terminal; elsewhere one line at each validation.

    Also measures the speed: batches per second of training alone, validations left out.
    """

    def __init__(self, console: Console, max_steps: int, monitor: str):
        super().__init__()
        self.console, self.max_steps = console, max_steps
        self.monitor = monitor.removeprefix("val/")
        self.bar: Progress | None = None
        self.seconds = 0.0
        self.batches = 0
        self.began = 0.0

    def disable(self) -> None:
        self.bar = None

    def on_train_start(self, trainer: pl.Trainer, module: Any) -> None:
        if self.console.is_terminal and trainer.is_global_zero:
            self.bar = Progress(
                TextColumn("training"),
                BarColumn(bar_width=None),
                MofNCompleteColumn(),
                TextColumn("steps · {task.fields[news]}"),
                TimeElapsedColumn(),
                TextColumn("left"),
                TimeRemainingColumn(),
                console=self.console,
                refresh_per_second=4,
            )
            self.task = self.bar.add_task("training", total=self.max_steps, completed=module.step, news="")
            self.bar.start()

    def on_train_batch_start(self, trainer: pl.Trainer, module: Any, batch: Any, batch_idx: int) -> None:
        if self.batches == 0 and self.began == 0.0:
            self.began = time.perf_counter()

    def on_train_batch_end(self, trainer: pl.Trainer, module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        self.batches += 1
        if self.bar is not None:
            self.bar.update(self.task, advance=1)

    def on_validation_start(self, trainer: pl.Trainer, module: Any) -> None:
        if trainer.state.fn == "fit":
            self.seconds += time.perf_counter() - self.began

    def on_validation_end(self, trainer: pl.Trainer, module: Any) -> None:
        if trainer.state.fn != "fit":
            return
        self.began = time.perf_counter()
        losses = " ".join(f"{name} {float(value):.3g}" for name, value in module.losses.items())
        metrics = " ".join(f"{name} {value:.4g}" for name, value in module.evaluated_metrics.items())
        if self.bar is not None:
            # The whole row would push the counts off a narrow screen.
            watched = module.evaluated_metrics.get(self.monitor, float("nan"))
            self.bar.update(self.task, news=f"{losses} · {self.monitor} {watched:.4g}")
        elif trainer.is_global_zero:
            news = " · ".join(filter(None, (losses, metrics)))
            self.console.print(f"step {module.step}/{self.max_steps}  {news}", soft_wrap=True)

    def on_train_end(self, trainer: pl.Trainer, module: Any) -> None:
        self.close()

    def on_exception(self, trainer: pl.Trainer, module: Any, exception: BaseException) -> None:
        self.close()

    def close(self) -> None:
        """Stop the clock and the bar; harmless when called twice."""
        if self.began:
            self.seconds += time.perf_counter() - self.began
            self.began = 0.0
        if self.bar is not None:
            self.bar.stop()
            self.bar = None

    @property
    def steps_per_second(self) -> float | None:
        """Training batches per second so far; None before the first."""
        return self.batches / self.seconds if self.batches and self.seconds else None
