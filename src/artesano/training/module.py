"""Base class of the Lightning modules: a run is a pure function of one saved integer, `step`.

Lightning's own counters count optimiser steps (twice as many with two optimisers) and forget their place in mid-epoch,
so none of them is trusted: a checkpoint holds weights, optimiser states and `step`, and a resumed run is a new
Lightning fit over the batches that remain.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

import pytorch_lightning as pl
import torch
from timm.utils import ModelEmaV3
from torch import Tensor, nn

from artesano.seeding import seed_everything
from artesano.training import lightning_private
from artesano.training.adoption import adopted, adopted_optimizer
from artesano.training.former_names import current_names
from artesano.training.schedules import Schedule
from artesano.training.spectral_average import follow, spectral_layers


class Clock(pl.Callback):
    """Advances the module at a batch's end. Lightning runs callbacks before the module's own hook of that name, so
    the saver, which runs last of all callbacks, would otherwise save a step that has not been counted yet."""

    def on_train_batch_end(self, trainer: pl.Trainer, module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        module.advance()


class StepModule(pl.LightningModule):
    """Owns `step` and all that follows from it: seeds, learning rates, the averaged weights, the first bad loss.

    Subclasses implement `training_step` (and call `record_losses`), `validation_step`, `evaluation_metrics` and
    `configure_optimizers`; the optimiser's groups keep their own rate in `base_lr`.

    Args:
        network: what is trained; saved under `network.`.
        seed: every step k begins by seeding from (seed, k, rank).
        max_steps: batches in the whole run.
        schedule: factor of the learning rate as a function of progress in [0, 1].
        ema: decay of the moving average of the network's weights and buffers; None = no average.
        averaged: the part of the network that is averaged, measured and shipped; None = all of it.
    """

    first_bad_step: Tensor
    #: how the names of a network's tensors begin; see `adopted`
    network_names: ClassVar[str] = r"network\.|ema\.module\."

    def __init__(
        self,
        network: nn.Module,
        *,
        seed: int,
        max_steps: int,
        schedule: Schedule,
        ema: float | None = None,
        averaged: nn.Module | None = None,
    ):
        super().__init__()
        self.network = network
        self._averaged = [network if averaged is None else averaged]  # in a list: it is registered once, inside network
        self.seed = seed
        self.max_steps = max_steps
        self.schedule = schedule
        self.step = 0
        # With warm-up of the decay, a short run does not keep averaging in its random start.
        self.ema = None if ema is None else ModelEmaV3(self._averaged[0], decay=ema, use_warmup=True)
        # Found once: a large network has many modules.
        self._spectral = [] if self.ema is None else spectral_layers(self.ema.module, self._averaged[0])
        self.losses: dict[str, Tensor] = {}
        self.evaluated_metrics: dict[str, float] = {}
        # Stays on the device: reading it every step would wait for the device every step.
        self.register_buffer("first_bad_step", torch.tensor(-1), persistent=False)

    @property
    def phase(self) -> str | None:
        """Of the step just done, in runs that have phases: each has a best checkpoint of its own."""
        return None

    @property
    def settled(self) -> bool:
        """False while what learns, or by which loss, still changes with the step: a run is not ended before."""
        return True

    @property
    def evaluated(self) -> nn.Module:
        """The network that is measured and shipped: the averaged one where there is one."""
        return self._averaged[0] if self.ema is None else self.ema.module

    def learning_rate_factor(self, step: int) -> float:
        """Factor of every group's rate at a step, read at the step's middle: neither the first nor the last is 0."""
        return self.schedule((step + 0.5) / self.max_steps)

    def record_losses(self, **losses: Tensor) -> None:
        """Keep the losses of this step for the log and remember the first step at which one is not finite."""
        self.losses = {name: loss.detach() for name, loss in losses.items()}
        finite = torch.stack([torch.isfinite(loss) for loss in self.losses.values()]).all()
        fresh_fault = (self.first_bad_step < 0) & ~finite
        self.first_bad_step = torch.where(fresh_fault, self.step, self.first_bad_step)

    def training_metrics(self) -> dict[str, float]:
        """The row that the log gets: losses of the step just done, of all processes, and the highest rate.

        Waits for the device.
        """
        mean = lambda loss: self.trainer.strategy.reduce(loss.clone(), reduce_op="mean").item()  # noqa: E731
        rates = [group["lr"] for optimizer in self.trainer.optimizers for group in optimizer.param_groups]
        return {f"train/{name}": mean(loss) for name, loss in self.losses.items()} | {"lr": max(rates)}

    def evaluation_metrics(self) -> dict[str, float]:
        """Metrics over all that `validation_step` has collected since `on_validation_epoch_start`, without prefix."""
        raise TypeError(f"{type(self).__name__} must implement evaluation_metrics")

    def advance(self) -> None:
        """Count the batch just done and let it into the average."""
        self.step += 1
        if self.ema is not None:
            self.ema.update(self._averaged[0], step=self.step)
            follow(self._spectral)

    def train(self, mode: bool = True) -> Self:
        """The averaged network stays in eval mode, whoever calls."""
        super().train(mode)
        if self.ema is not None:
            self.ema.eval()
        return self

    def adopt(self, state: dict[str, Any]) -> dict[str, Any]:
        """Take over a saved state; returns it as this module, with other settings, saves it.

        A new moving average begins with the present weights.

        Raises:
            BadInput: the networks are not those of the state.
        """
        saved = state["state_dict"]
        self.take(saved)
        if self.ema is not None and not any(name.startswith("ema.") for name in saved):
            self.ema.module.load_state_dict(self._averaged[0].state_dict())
        made: Any = self.configure_optimizers()
        optimizers = zip(state["optimizer_states"], made if isinstance(made, list) else [made], strict=True)
        states = [adopted_optimizer(old, new) for old, new in optimizers]
        return state | {"state_dict": self.state_dict(), "optimizer_states": states}

    def take(self, saved: dict[str, Tensor]) -> None:
        """Load the tensors that have a place here."""
        self.load_state_dict(adopted(saved, self.state_dict(), self.network_names))

    # Lightning's hooks -----------------------------------------------------------------------------------------

    def configure_callbacks(self) -> list[pl.Callback]:
        return [Clock()]

    def on_train_start(self) -> None:
        # Validation is due at multiples of eval_every of the whole run, and loggers count from its start.
        lightning_private.count_from(self.trainer, self.step)

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        seed_everything(self.seed, "step", self.step, self.global_rank)
        factor = self.learning_rate_factor(self.step)
        for optimizer in self.trainer.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["base_lr"] * factor

    def on_validation_epoch_end(self) -> None:
        self.evaluated_metrics = self.evaluation_metrics()

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["step"] = self.step
        # Lightning would otherwise restore its counters and look for its place in the epoch.
        checkpoint.pop("loops", None)
        checkpoint["global_step"] = checkpoint["epoch"] = 0

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.step = checkpoint["step"]
        checkpoint["state_dict"] = current_names(checkpoint["state_dict"])
