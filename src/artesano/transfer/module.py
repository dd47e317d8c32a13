"""The Lightning module of transfer learning."""

from __future__ import annotations

import warnings
from bisect import bisect_right
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from artesano.data.batches import Batches, Features, LabelledImages
from artesano.errors import BadInput
from artesano.training.freezing import apply_stage, set_modes
from artesano.training.module import StepModule
from artesano.training.schedules import Schedule
from artesano.transfer.groups import ParameterGroups
from artesano.transfer.l2_sp import StartingPoint
from artesano.transfer.network import Classifier
from artesano.transfer.norm_stats import keeping
from artesano.transfer.optimisation import build_optimizer, ever_trainable
from artesano.transfer.strategies import Strategy

Batch = LabelledImages | Features

# Frozen modules and the averaged network are in eval mode on purpose.
warnings.filterwarnings("ignore", message=r"Found \d+ module\(s\) in eval mode")


class TransferModule(StepModule):
    """Trains a classifier as its strategy says, on images or on cached features.

    Args:
        network: backbone and head.
        strategy: what learns, when and how fast; its `norm_stats` is `pretrained` or `updated`.
        optimizer: partial with `lr`; gets the parameter groups.
        prepare: (batch, step or None) -> batch with the network's input, on the device; step None = evaluation.
        loss: (logits float32 [N, K], labels) -> a scalar; see `artesano.transfer.losses`.
        metrics: (logits [N, K], labels) -> name: value.
        memory_format: of the images.
    """

    network: Classifier

    def __init__(
        self,
        network: Classifier,
        *,
        strategy: Strategy,
        optimizer: partial[Optimizer],
        schedule: Schedule,
        prepare: Callable[[Any, int | None], Any],
        loss: nn.Module,
        metrics: Callable[[Tensor, Tensor], dict[str, float]],
        seed: int,
        max_steps: int,
        memory_format: torch.memory_format = torch.contiguous_format,
        ema: float | None = None,
    ):
        strategy.adapt(network)
        super().__init__(network, seed=seed, max_steps=max_steps, schedule=schedule, ema=ema)
        self.strategy = strategy
        self.optimizer = optimizer
        self.prepare = prepare
        self.loss = loss
        self.metrics = metrics
        self.memory_format = memory_format
        self.groups = ParameterGroups(network)
        self.stages = strategy.stages(self.groups)
        self.collected: list[tuple[Tensor, Tensor]] = []
        # DistributedDataParallel reads requires_grad once, so all parameters that are ever trained need it.
        learning = ever_trainable(self.groups, strategy)
        apply_stage(network, learning)
        self.start = StartingPoint(network, learning) if strategy.l2_sp else None
        self.stage: int | None = None

    @property
    def evaluated(self) -> Classifier:
        return cast(Classifier, super().evaluated)

    @property
    def keeps_statistics(self) -> bool:
        """BatchNorm of the backbone keeps its pretrained statistics, also where its weights learn."""
        return self.strategy.norm_stats == "pretrained"

    @property
    def settled(self) -> bool:
        return self.step > self.stages[-1].start * self.max_steps

    def keep_norm_stats(self) -> None:
        """`norm_stats=auto` means the pretrained ones here; called before step 0."""

    def trainable_parameters(self) -> int:
        """Number of parameters that are trained at some time of the run."""
        return sum(self.groups.sizes[name] for name in ever_trainable(self.groups, self.strategy))

    def configure_optimizers(self) -> Optimizer:
        return build_optimizer(self.optimizer, self.network, self.groups, self.strategy)

    # What learns now ---------------------------------------------------------------------------------------------

    def train(self, mode: bool = True) -> TransferModule:
        """Frozen modules, BatchNorm whose statistics are kept and the averaged network stay in eval mode."""
        super().train(mode)
        set_modes(self.network, mode, keeping(self.network.backbone, self.strategy.norm_stats))
        return self

    def enter_stage(self) -> None:
        """Set `requires_grad` and the modes as the strategy's stage at this step defines."""
        stage = bisect_right([stage.start * self.max_steps for stage in self.stages], self.step) - 1
        if stage != self.stage:
            self.stage = stage
            apply_stage(self.network, self.stages[stage].trainable)
            self.train()

    def learning_rate_factor(self, step: int) -> float:
        """The schedule over the whole run, or over each stage with a schedule of its own."""
        starts = [stage.start * self.max_steps for stage in self.stages if stage.restart or stage.start == 0]
        number = bisect_right(starts, step)
        begin, end = starts[number - 1], [*starts, self.max_steps][number]
        # The step's middle: neither the first nor the last rate is 0.
        return self.schedule(min(1.0, (step + 0.5 - begin) / (end - begin)))

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        super().on_train_batch_start(batch, batch_idx)
        self.enter_stage()

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        super().on_save_checkpoint(checkpoint)
        if self.start is not None:
            checkpoint["starting_point"] = self.start.fingerprint

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        super().on_load_checkpoint(checkpoint)
        if self.start is not None and checkpoint["starting_point"] != self.start.fingerprint:
            raise BadInput(
                f"strategy.l2_sp={self.strategy.l2_sp}: the pretrained weights are not those that the run began with, "
                "so the distance to them would be another; put these back, or train a new run."
            )

    # What a step sees --------------------------------------------------------------------------------------------

    def beside(self, batches: Batches[Batch], rank: int = 0, world: int = 1) -> Batches[Any]:
        """The batches of the steps from the present one on, with what a step sees besides."""
        return batches

    def images_of_step(self, batch_size: int) -> int:
        """How many images go through the network."""
        return batch_size

    def facts_of_target(self) -> dict[str, Any]:
        """What the record's `data` has of a second data set."""
        return {}

    # Steps -------------------------------------------------------------------------------------------------------

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        losses = self.loss_terms(self.network, self.prepare(batch, self.step))
        self.record_losses(**losses)
        return torch.stack(list(losses.values())).sum()

    def loss_terms(self, network: Classifier, batch: Batch) -> dict[str, Tensor]:
        """Of a prepared batch: `loss`, and the weighted `l2_sp` where the strategy has it."""
        return {"loss": self.loss(self.logits(network, batch).float(), batch.labels), **self.pull(network)}

    def pull(self, network: Classifier) -> dict[str, Tensor]:
        """The weighted `l2_sp`, where the strategy has it."""
        if self.start is None:
            return {}
        return {"l2_sp": 0.5 * self.strategy.l2_sp * self.start.squared_distance(network)}

    def logits(self, network: Classifier, batch: Batch) -> Tensor:
        """Logits [N, K] of a prepared batch of images or of features."""
        if isinstance(batch, Features):
            return network.head(batch.features.to(self.dtype))
        return network(self.as_input(batch.images))

    def as_input(self, images: Tensor) -> Tensor:
        """Prepared images in the network's type and memory format."""
        return images.to(self.dtype, memory_format=self.memory_format)

    def on_validation_epoch_start(self) -> None:
        self.collected = []

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        batch = self.prepare(batch, None)
        self.collected.append((self.logits(self.evaluated, batch).float(), batch.labels))

    def evaluation_metrics(self) -> dict[str, float]:
        logits, labels = (torch.cat(parts) for parts in zip(*self.collected, strict=True))
        if self.trainer.world_size > 1:  # the ranks' shares may differ by one, which all_gather cannot do
            shares: list[Any] = [None] * self.trainer.world_size
            torch.distributed.all_gather_object(shares, (logits.cpu(), labels.cpu()))
            logits, labels = (torch.cat(parts) for parts in zip(*shares, strict=True))
        self.collected = []
        return self.metrics(logits, labels)

    @torch.inference_mode()
    def collect(self, batches: Iterable[Batch]) -> tuple[Tensor, Tensor, Tensor]:
        """Evaluate outside a trainer.

        Returns:
            logits float32 [N, K], labels as the batches have them and index int64 [N], on the CPU.
        """
        was_training = self.training
        self.eval()
        parts = []
        for batch in batches:
            moved = type(batch)(*(tensor.to(self.device) for tensor in batch))
            logits = self.logits(self.evaluated, self.prepare(moved, None))
            parts.append((logits.float().cpu(), batch.labels, batch.index))
        self.train(was_training)
        logits, labels, index = (torch.cat(column) for column in zip(*parts, strict=True))
        return logits, labels, index
