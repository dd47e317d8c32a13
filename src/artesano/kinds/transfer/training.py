"""A built classifier: a strategy's network with its batches of images or of cached features."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from rich.table import Table
from torch import Tensor, nn

from artesano.config.options import AUTO, Monitor
from artesano.data.loaders import Loaders
from artesano.errors import NotFinite
from artesano.figures.curves import learning_curves
from artesano.kinds.group_rows import add_groups, groups_table
from artesano.kinds.timing import CURVES, left_by_pace, pace, seconds_to_decode
from artesano.kinds.transfer import domains, pictures
from artesano.kinds.transfer.explain import heatmaps
from artesano.kinds.transfer.find_rate import find_rate
from artesano.kinds.transfer.labelling import labelling_for
from artesano.kinds.transfer.options import TransferOptions
from artesano.kinds.transfer.timing import paces
from artesano.progress_bars import progress
from artesano.runs.checkpoint import read_checkpoint
from artesano.runs.metrics import read_rows
from artesano.training.freezing import evaluating
from artesano.transfer.adapting_module import AdaptingModule
from artesano.transfer.added_weights import Adapter
from artesano.transfer.module import TransferModule
from artesano.transfer.norm_stats import batch_norms
from artesano.transfer.range_test import STEPS
from artesano.transfer.table import group_table

STATES = 1.5  # that are measured at the end: the last, and the best where it is another
SECONDS_PER_CACHED = 0.002  # of a step on cached features


class TransferTraining:
    """See `artesano.kinds.kind.Training`.

    Args:
        images: the batches of images.
        loaders: what is trained on: `images`, or their cached features.
        chosen: {group of the config: the option that `auto` became}.
        advice: the forecast of each strategy, where one was chosen by it.
        target: the images of another domain, with labels, or their cached features: measured at the end.
        pretrained: gives the backbone as it was before step 0, where a method adapts it to the target.
    """

    def __init__(
        self,
        options: TransferOptions,
        images: Loaders,
        loaders: Any,
        module: TransferModule,
        chosen: dict[str, str] | None = None,
        advice: list[dict[str, Any]] | None = None,
        target: Any = None,
        pretrained: Callable[[], nn.Module] | None = None,
    ):
        self.target, self.pretrained = target, pretrained
        self.chosen, self.advice = chosen or {}, advice or []
        self.options, self.images, self.loaders, self.module = options, images, loaders, module
        self.data = images.data
        self.labelling = labelling_for(self.data.several)
        self.monitor = self.labelling.monitor(options.monitor)
        self.phase_monitors: dict[str, Monitor] = {}
        self.max_steps, self.steps_per_epoch = module.max_steps, loaders.steps_per_epoch
        self.eval_every = min(options.eval_every or loaders.steps_per_epoch, self.max_steps)
        self.best_step = 0
        self.paces = [(0, 1.0)]  # the step at which each stage begins, and how long a step of it takes, once timed
        self.outputs: dict[str, tuple[Tensor, Tensor, Tensor]] = {}  # logits, labels and rows by split, once measured

    @property
    def step(self) -> int:
        return self.module.step

    def facts(self) -> dict[str, Any]:
        options, strategy = self.options, self.module.strategy
        return {
            "model": {
                "backbone": options.backbone,
                "backbone_args": options.backbone_args,
                "head": options.head,
                "classes": self.images.classes,
                "in_chans": options.in_chans,
                "image_size": options.image_size,
                "preprocessing": self.images.preprocessing.to_dict(),
                **({"adapter_width": strategy.width} if isinstance(strategy, Adapter) else {}),
                **self.labelling.facts(),
            },
            "data": self.images.facts() | self.module.facts_of_target(),
            "parameters": {
                "total": sum(parameter.numel() for parameter in self.module.network.parameters()),
                "trainable": self.module.trainable_parameters(),
            },
        } | ({"advice": self.advice} if self.advice else {})

    def table(self) -> Table:
        """A row for each parameter group; frozen ones that follow each other share one, but in a dry run."""
        strategy = self.module.strategy
        counts = self.facts()["parameters"]
        learning = f"{counts['trainable']:,} of {counts['total']:,} parameters learn"
        title = f"{self.options.backbone} · {type(strategy).__name__.lower()} · {learning}"
        table = groups_table(title)
        rate, times = (1.0, " x auto") if self.finds_rate else (self.module.optimizer.keywords["lr"], "")
        rows = group_table(self.module.network, strategy, rate)
        shared = add_groups(table, rows, every=self.options.dry_run, times=times)
        notes = ["dry_run=true lists every group"] if shared else []
        if self.module.keeps_statistics and not batch_norms(self.module.network.backbone):
            notes.append("strategy.norm_stats: this network has no BatchNorm, so no statistics to keep")
        if target := self.module.facts_of_target().get("target"):
            notes.append(f"adapts to {target['images']['train']:,} images without labels")
        table.caption = "\n".join(notes) or None
        return table

    def expected_seconds(self, device: torch.device) -> float:
        """Training, evaluations, the measuring of the last and the best state, decoding, and the plots."""
        splits, batch_size = self.images.listing.splits, self.data.batch_size
        left = self.max_steps - self.step
        steps = left + STEPS * self.finds_rate
        preprocessing = self.images.preprocessing
        forward, self.paces = paces(self.module, preprocessing, batch_size, device)
        ahead = left_by_pace(self.paces, self.step, self.step + steps)
        step = sum(count * seconds for count, seconds in ahead) / max(1, steps)  # of an image, on average
        decode = seconds_to_decode(splits["val"], preprocessing)
        held_out = len(splits["val"]) + len(splits["test"])
        if self.loaders is not self.images:
            return forward * self.loaders.missing_images() + decode * held_out + SECONDS_PER_CACHED * steps + CURVES
        evaluated = len(splits["val"]) * max(1, left // self.eval_every) + STATES * held_out
        if self.images.in_memory("train"):  # its images have been decoded for the number of steps of an epoch
            return (
                step * self.module.images_of_step(batch_size) * steps + forward * evaluated + decode * held_out + CURVES
            )
        seen = self.module.images_of_step(batch_size) * steps
        return pace(step, decode, device) * seen + pace(forward, decode, device) * evaluated + CURVES

    def fit(self, trainer: pl.Trainer, checkpoint: Path | None) -> None:
        if self.finds_rate:
            find_rate(trainer, self.options, self.module, self.loaders)
        rank, world = trainer.global_rank, trainer.world_size
        train = self.module.beside(self.loaders.train(lambda: self.step, self.max_steps, rank, world), rank, world)
        held_out = self.loaders.evaluate("val", rank, world)
        try:
            trainer.fit(self.module, train, held_out, ckpt_path=checkpoint, weights_only=True)
        except NotFinite as error:
            raise NotFinite(error.step, self.names_of_batch(error.step)) from None

    @property
    def finds_rate(self) -> bool:
        """True where a range test has still to choose the learning rate."""
        return self.module.optimizer.keywords["lr"] == AUTO

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
        """Metrics on val and test of the module's present state, and on the target's test part; what is chosen on val
        is used on test."""
        metrics: dict[str, float] = {}
        self.labelling = labelling_for(self.data.several)
        parts = {"val": (self.loaders, "val"), "test": (self.loaders, "test"), "target_test": (self.target, "test")}
        for name, (loaders, split) in parts.items():
            if loaders is None:
                continue
            batches = loaders.evaluate(split)
            logits, labels, rows = self.module.collect(progress(batches, len(batches), f"measuring {name}"))
            self.outputs[name] = logits, labels, rows
            metrics |= {f"{name}/{metric}": value for metric, value in self.labelling.metrics(logits, labels).items()}
            if name == "val":
                self.labelling = self.labelling.tuned(logits, labels)
        return metrics

    def pictures(self, folder: Path) -> list[Path]:
        logits, labels, rows = self.outputs["test"]

        def image(row: int) -> np.ndarray:
            return self.images.images("test", [int(rows[row])])[0].numpy()

        def heat(images: Tensor) -> Tensor:
            normalised = self.images.preprocessing.normalise(images.to(self.module.device))
            return heatmaps(self.module.evaluated, self.module.as_input(normalised)).float()

        history = [row for row in read_rows(folder / "metrics.csv") if self.module.loss.is_nll or row[1] != "val/nll"]
        curves = folder / "plots" / "curves.png"
        learning_curves(history, curves, self.best_step, self.monitor.name, self.labelling.headline)
        with evaluating(self.module):
            drawn = pictures.draw(folder, logits, labels, self.images.classes, image, self.labelling, heat)
        if self.pretrained is not None and isinstance(self.module, AdaptingModule):
            drawn.append(domains.draw(folder, self.pretrained(), self.module, self.images))
        return [curves, *drawn, *(folder / "plots").glob("learning_rate.png")]
