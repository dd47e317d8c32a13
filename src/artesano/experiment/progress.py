"""The progress of a run: one bar for all of it, and a table with a line for each validation."""

from __future__ import annotations

import time
from typing import Any

import pytorch_lightning as pl
import torch
from rich.console import Console
from torch import Tensor

from artesano.experiment.validation_table import ValidationTable
from artesano.progress_bars import Display, clock
from artesano.runs.floors import OVER


class RunProgress(pl.callbacks.ProgressBar):
    """A bar on a terminal, and everywhere a line at each validation.

    Also measures the speed: batches per second of training alone, validations left out.

    Args:
        monitor: the metric beside the bar.
        steps_per_epoch: None = the run does not count in epochs.
    """

    def __init__(self, console: Console, max_steps: int, monitor: str, steps_per_epoch: int | None = None):
        super().__init__()
        self.console, self.max_steps, self.steps_per_epoch = console, max_steps, steps_per_epoch
        self.monitor = monitor.removeprefix("val/")
        self.display: Display | None = None
        self.table: ValidationTable | None = None  # its columns are known at the first validation
        self.names: list[str] = []
        self.losses: dict[str, list[Tensor]] = {}  # of the steps since the last validation, on the device
        self.seconds = 0.0
        self.batches = 0
        self.began = 0.0
        self.validated = 0.0

    def disable(self) -> None:
        self.display = None

    def on_train_start(self, trainer: pl.Trainer, module: Any) -> None:
        self.validated = time.perf_counter()
        if self.console.is_terminal and trainer.is_global_zero:
            self.display = Display(self.console)
            self.task = self.display.add_task("training", total=self.max_steps, completed=module.step)
            self.display.start()

    def on_train_batch_start(self, trainer: pl.Trainer, module: Any, batch: Any, batch_idx: int) -> None:
        if self.batches == 0 and self.began == 0.0:
            self.began = time.perf_counter()

    def on_train_batch_end(self, trainer: pl.Trainer, module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        self.batches += 1
        for name, loss in module.losses.items():
            self.losses.setdefault(name, []).append(loss)
        if self.display is not None:
            self.display.update(self.task, advance=1)

    def on_validation_start(self, trainer: pl.Trainer, module: Any) -> None:
        if trainer.state.fn == "fit":
            self.seconds += time.perf_counter() - self.began

    def on_validation_end(self, trainer: pl.Trainer, module: Any) -> None:
        if trainer.state.fn != "fit":
            return
        now = time.perf_counter()
        losses = {name: float(torch.stack(values).mean()) for name, values in self.losses.items()}
        metrics = module.evaluated_metrics
        if trainer.is_global_zero:
            self.row(module.step, losses, metrics, now - self.validated)
        if self.display is not None:
            metric = f"{self.monitor} {metrics[self.monitor]:.4g}" if self.monitor in metrics else ""
            texts = " ".join(f"{name} {loss:.3g}" for name, loss in losses.items())
            self.display.update(self.task, metric=metric, losses=texts)
        self.losses, self.validated = {}, now
        self.began = time.perf_counter()

    def row(self, step: int, losses: dict[str, float], metrics: dict[str, float], seconds: float) -> None:
        """Print a line of the table, before the first also its head."""
        epoch = {"epoch": f"{round(step / self.steps_per_epoch, 2):g}"} if self.steps_per_epoch else {}
        counts = epoch | {"step": str(step)}
        values = {"train loss" if name == "loss" else name: loss for name, loss in losses.items()}
        values |= {name: value for name, value in metrics.items() if OVER not in name}  # metrics.csv has these too
        table = self.table
        if table is None or list(values) != self.names:  # a phase may have other losses than the one before
            self.names = list(values)
            width = self.console.width if self.console.is_terminal else None
            needed = [*list(values)[: len(losses)], self.monitor]
            table = self.table = ValidationTable(list(counts), list(values), needed, width, len(str(self.max_steps)))
            self.console.print(table.head(), highlight=False, markup=False, soft_wrap=True, style="bold")
        line = table.line(list(counts.values()), values, clock(seconds))
        self.console.print(line, highlight=False, markup=False, soft_wrap=True)

    def on_train_end(self, trainer: pl.Trainer, module: Any) -> None:
        self.close()

    def on_exception(self, trainer: pl.Trainer, module: Any, exception: BaseException) -> None:
        self.close()

    def close(self) -> None:
        """Stop the clock and the bar; harmless when called twice."""
        if self.began:
            self.seconds += time.perf_counter() - self.began
            self.began = 0.0
        if self.display is not None:
            self.display.stop()
            self.display = None

    @property
    def steps_per_second(self) -> float | None:
        """Training batches per second so far; None before the first."""
        return self.batches / self.seconds if self.batches and self.seconds else None
