"""The Lightning module of transfer learning: it wires strategy, optimiser and loss; the maths lies beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.optim import Optimizer

from artesano.data.batches import Features, Labelled
from artesano.training.module import StepModule
from artesano.training.schedules import Schedule
from artesano.transfer.freezing import apply_stage, set_modes
from artesano.transfer.groups import ParameterGroups
from artesano.transfer.network import Classifier
from artesano.transfer.optimisation import build_optimizer, ever_trainable
from artesano.transfer.strategies import Strategy

Batch = Labelled | Features


class TransferModule(StepModule):
    """A classifier that is adapted by a strategy.

    Args:
        network: backbone and head.
        strategy: which parameters learn, when, and how fast.
        optimizer: partial of a torch optimiser, with `lr`.
        prepare: (batch, step or None) -> the batch as the network takes it, on its device.
        metrics: (logits [N, K], labels [N]) -> name -> value; measures a validation.
        memory_format: of the images.
        label_smoothing: in [0, 1).
        class_counts: int [K]; given, the loss weighs each class by its inverse frequency.
    """

    network: Classifier

    def __init__(
        self,
        network: Classifier,
        *,
        strategy: Strategy,
        optimizer: Callable[..., Optimizer],
        schedule: Schedule,
        prepare: Callable[[Any, int | None], Any],
        metrics: Callable[[Tensor, Tensor], dict[str, float]],
        seed: int,
        max_steps: int,
        memory_format: torch.memory_format = torch.contiguous_format,
        ema: float | None = None,
        label_smoothing: float = 0.0,
        class_counts: np.ndarray | None = None,
    ):
        self.groups = ParameterGroups(network)
        super().__init__(network, seed=seed, max_steps=max_steps, schedule=schedule, ema=ema)
        self.strategy, self.optimizer, self.prepare, self.metrics = strategy, optimizer, prepare, metrics
        self.memory_format, self.label_smoothing = memory_format, label_smoothing
        self.stages = strategy.stages(self.groups)
        self.stage: int | None = None
        self.seen: list[tuple[Tensor, Tensor]] = []
        weights = None if class_counts is None else torch.from_numpy(inverse_frequency(class_counts))
        self.register_buffer("class_weights", weights, persistent=False)
        self.enter_stage(0)

    def trainable_parameters(self) -> int:
        """How many numbers learn at some time of the run."""
        return sum(self.groups.sizes[name] for name in ever_trainable(self.groups, self.strategy))

    # Stages ----------------------------------------------------------------------------------------------------

    def stage_at(self, step: int) -> int:
        """The stage that step belongs to."""
        return sum(stage.start * self.max_steps <= step for stage in self.stages) - 1

    def enter_stage(self, number: int) -> None:
        """Let the parameters of the stage learn, and put what is frozen into eval mode."""
        self.stage = number
        apply_stage(self.network, self.stages[number].trainable)
        set_modes(self.network, self.training)

    def learning_rate_factor(self) -> float:
        """Each stage has a schedule of its own: what joins late is warmed up too."""
        starts = [stage.start * self.max_steps for stage in self.stages] + [float(self.max_steps)]
        number = self.stage_at(self.step)
        begin, end = starts[number], starts[number + 1]
        return self.schedule((self.step + 0.5 - begin) / (end - begin))

    def train(self, mode: bool = True) -> TransferModule:
        super().train(mode)
        set_modes(self.network, mode)
        return self

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        if self.stage_at(self.step) != self.stage:
            self.enter_stage(self.stage_at(self.step))
        super().on_train_batch_start(batch, batch_idx)

    # Steps -----------------------------------------------------------------------------------------------------

    def configure_optimizers(self) -> Optimizer:
        return build_optimizer(self.optimizer, self.network, self.groups, self.strategy)

    def on_after_batch_transfer(self, batch: Batch, dataloader_idx: int) -> Batch:
        batch = self.prepare(batch, self.step if self.trainer.training else None)
        if isinstance(batch, Labelled):
            batch = batch._replace(images=batch.images.contiguous(memory_format=self.memory_format))
        return batch

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        loss = F.cross_entropy(
            logits(self.network, batch).float(), batch.labels, self.class_weights, label_smoothing=self.label_smoothing
        )
        self.watch(loss=loss)
        return loss

    def on_validation_epoch_start(self) -> None:
        self.seen = []

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        self.seen.append((logits(self.evaluated, batch).float(), batch.labels))

    def evaluation_metrics(self) -> dict[str, float]:
        found, labels = (torch.cat(column) for column in zip(*self.seen, strict=True))
        self.seen = []
        if self.trainer.world_size > 1:
            found, labels = gathered(found), gathered(labels)
        return self.metrics(found, labels)

    @torch.inference_mode()
    def collect(self, batches: Iterable[Batch]) -> tuple[Tensor, Tensor, Tensor]:
        """Logits [N, K], labels [N] and index [N] of whole loaders, on the CPU; outside of a trainer."""
        network = self.evaluated.eval()
        device = next(network.parameters()).device
        columns = []
        for batch in batches:
            batch = self.prepare(type(batch)(*(column.to(device) for column in batch)), None)
            if isinstance(batch, Labelled):
                batch = batch._replace(images=batch.images.contiguous(memory_format=self.memory_format))
            columns.append((logits(network, batch).float().cpu(), batch.labels.cpu(), batch.index.cpu()))
        return tuple(torch.cat(column) for column in zip(*columns, strict=True))  # type: ignore[return-value]


def logits(network: Any, batch: Batch) -> Tensor:
    """[N, K], from images or from cached features."""
    return network.head(batch.features) if isinstance(batch, Features) else network(batch.images)


def inverse_frequency(counts: np.ndarray) -> np.ndarray:
    """Weights [K] with mean 1 over the images: N / (K * count)."""
    return (counts.sum() / (len(counts) * np.maximum(counts, 1))).astype(np.float32)


def gathered(rows: Tensor) -> Tensor:
    """The rows of all ranks, whose numbers may differ."""
    world = torch.distributed.get_world_size()
    parts: list[Any] = [None] * world
    torch.distributed.all_gather_object(parts, rows.cpu())
    return torch.cat(parts)
