"""A built classifier: a strategy's network with its batches of images or of cached features."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from rich.table import Table
from torch import Tensor

from artesano.config.options import Monitor
from artesano.data.loaders import Loaders
from artesano.errors import NotFinite
from artesano.kinds.transfer import pictures
from artesano.kinds.transfer.options import TransferOptions
from artesano.kinds.transfer.timing import seconds_per_image
from artesano.metrics.classification import classification_metrics
from artesano.runs.checkpoint import read_checkpoint
from artesano.transfer.module import TransferModule
from artesano.transfer.table import group_table


class TransferTraining:
    """See `artesano.kinds.kind.Training`.

    Args:
        images: the batches of images.
        loaders: what is trained on: `images`, or their cached features.
    """

    def __init__(self, options: TransferOptions, images: Loaders, loaders: Any, module: TransferModule):
        self.options, self.images, self.loaders, self.module = options, images, loaders, module
        self.data, self.monitor = images.data, options.monitor
        self.phase_monitors: dict[str, Monitor] = {}
        self.max_steps = module.max_steps
        self.eval_every = min(options.eval_every or loaders.steps_per_epoch, self.max_steps)
        self.best_step = 0
        self.outputs: dict[str, tuple[Tensor, Tensor, Tensor]] = {}  # logits, labels and rows by split, once measured

    @property
    def step(self) -> int:
        return self.module.step

    def facts(self) -> dict[str, Any]:
        options = self.options
        return {
            "model": {
                "backbone": options.backbone,
                "backbone_args": options.backbone_args,
                "head": options.head,
                "classes": self.images.classes,
                "in_chans": options.in_chans,
                "image_size": options.image_size,
                "preprocessing": self.images.preprocessing.to_dict(),
            },
            "data": self.images.facts(),
            "parameters": {
                "total": sum(parameter.numel() for parameter in self.module.network.parameters()),
                "trainable": self.module.trainable_parameters(),
            },
        }

    def table(self) -> Table:
        strategy = self.module.strategy
        table = Table(title=f"{self.options.backbone} · {type(strategy).__name__.lower()}", title_justify="left")
        for column, justify in zip(
            ("group", "modules", "parameters", "trainable", "lr", "mode"),
            ("right", "left", "right", "right", "right", "left"),
            strict=True,
        ):
            table.add_column(column, justify=justify, overflow="fold", max_width=48)  # type: ignore[arg-type]
        for row in group_table(self.module.network, strategy, self.module.optimizer.keywords["lr"]):
            joins = f" from {row.start:.0%}" if row.start else ""
            style = "bold" if row.trainable else "dim"
            table.add_row(
                str(row.group),
                row.modules,
                f"{row.parameters:,}",
                f"{row.trainable:.0f} %",
                f"{row.lr:.3g}" if row.trainable else "-",
                row.mode + joins,
                style=style,
            )
        return table

    def expected_seconds(self, device: torch.device) -> float:
        splits, batch_size = self.images.listing.splits, self.data.batch_size
        held_out = len(splits["val"]) * max(1, self.max_steps // self.eval_every) + len(splits["test"])
        forward, step = seconds_per_image(self.module, self.images.preprocessing, batch_size, device)
        if self.loaders is not self.images:
            return forward * self.loaders.missing_images() + 0.002 * self.max_steps + 5
        return step * batch_size * self.max_steps + forward * held_out + 5

    def fit(self, trainer: pl.Trainer, checkpoint: Path | None) -> None:
        rank, world = trainer.global_rank, trainer.world_size
        train = self.loaders.train(lambda: self.step, self.max_steps, rank, world)
        held_out = self.loaders.evaluate("val", rank, world)
        try:
            trainer.fit(self.module, train, held_out, ckpt_path=checkpoint, weights_only=True)
        except NotFinite as error:
            raise NotFinite(error.step, self.names_of_batch(error.step)) from None

    def names_of_batch(self, step: int) -> list[str]:
        """Files of batch `step`, found by asking for that batch again."""
        batch = next(iter(self.loaders.train(lambda: step, step + 1)))
        return self.images.names("train", batch.index)

    def measure(self, folder: Path, best: dict[str, Any]) -> dict[str, dict[str, float]]:
        self.best_step = best["step"]
        last = self.both_splits()
        if self.best_step == self.step:
            return {"last": last, "best": last}
        self.module.load_state_dict(read_checkpoint(folder).tensors)
        return {"last": last, "best": self.both_splits()}

    def both_splits(self) -> dict[str, float]:
        """Metrics on val and test of the module's present state."""
        metrics: dict[str, float] = {}
        for split in ("val", "test"):
            logits, labels, rows = self.module.collect(self.loaders.evaluate(split))
            self.outputs[split] = logits, labels, rows
            metrics |= {f"{split}/{name}": value for name, value in classification_metrics(logits, labels).items()}
        return metrics

    def pictures(self, folder: Path) -> list[Path]:
        logits, labels, rows = self.outputs["test"]

        def image(row: int) -> np.ndarray:
            return self.images.images("test", [int(rows[row])])[0].numpy()

        return pictures.draw(folder, logits, labels, self.images.classes, image, self.best_step, self.monitor.name)
