"""What a task must offer so that a run can be made of it; `transfer` and `gan` are tasks."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from artesano.config.options import kind_of

if TYPE_CHECKING:
    import pytorch_lightning as pl
    import torch
    from rich.table import Table


TASKS = {
    "transfer": "artesano.kinds.transfer.task:TransferTask",
    "gan": "artesano.kinds.gan.task:GanTask",
    "image_gan": "artesano.kinds.image_gan.task:ImageGanTask",
}


class Task(Protocol):
    """One experiment: `check`, then `build`, then `fit`, `measure` and `pictures`."""

    max_steps: int
    eval_every: int

    @property
    def step(self) -> int | None:
        """The module's step; None before it is built."""

    def check(self) -> None:
        """Third pass of validation: the data listing and the weights' header. Raises BadInput with all problems."""

    def default_name(self, choices: dict[str, str]) -> str:
        """What ends the folder's name when the user gives none."""

    def build(self) -> None:
        """Make the network, the loaders and the Lightning module; sets max_steps and eval_every."""

    def facts(self) -> dict[str, Any]:
        """The record's `model`, `data` and `parameters`."""

    def table(self) -> Table:
        """What is about to learn, as a table."""

    def expected_seconds(self, device: torch.device) -> float:
        """Rough time of the whole run, from a few batches timed on a copy."""

    def fit(self, trainer: pl.Trainer, checkpoint: Path | None) -> None:
        """Train to max_steps, from `checkpoint` where one is given, validated at the end."""

    def measure(self, folder: Path, best: dict[str, Any]) -> dict[str, dict[str, float]]:
        """Metrics of the last and of the best state: {"last": {...}, "best": {...}}."""

    def pictures(self, folder: Path) -> list[Path]:
        """Draw what people would rather look at than read, into <folder>/plots."""


def load_task(config: dict[str, Any]) -> Task:
    """The task that the config names."""
    module, name = TASKS[kind_of(config)].split(":")
    return getattr(importlib.import_module(module), name)(config)
