"""Base of the Lightning modules of GANs: two optimisers with manual steps, and the tensors for the health monitor."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Self

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from artesano.gan.adversarial_networks import AdversarialNetworks
from artesano.gan.pixels import PixelRange
from artesano.training.learning import Learning
from artesano.training.module import StepModule
from artesano.training.schedules import Schedule

WINDOW = 50  # steps over which the variance of the discriminator's loss is taken


class AdversarialModule(StepModule):
    """Trains a generator against a discriminator, each with an optimiser of its own.

    Args:
        network: all networks with their losses and terms.
        averaged: the generator, or the generators: what is averaged, measured and shipped.
        pixels: the range of the images.
        optimizers: (generator's, discriminator's), each called with parameters.
        prepare: (batch, step or None) -> batch with float images, on the device; step None = evaluation.
        memory_format: of the images.
        ema: decay of the moving average of the generator's weights and buffers; None = no average.
        learning: what of each network learns, by the names of `adversaries`; None = all of both.
    """

    recent: Tensor
    network_names = r"network\.(?:[ab]2[ab]\.)?(?:generator|discriminator)\.|ema\.module\."

    def __init__(
        self,
        network: nn.Module,
        *,
        averaged: nn.Module,
        pixels: PixelRange,
        optimizers: tuple[Callable[..., Optimizer], Callable[..., Optimizer]],
        schedule: Schedule,
        prepare: Callable[[Any, int | None], Any],
        seed: int,
        max_steps: int,
        memory_format: torch.memory_format = torch.contiguous_format,
        ema: float | None = None,
        learning: Mapping[str, Learning] | None = None,
    ):
        super().__init__(network, seed=seed, max_steps=max_steps, schedule=schedule, ema=ema, averaged=averaged)
        self.automatic_optimization = False
        self.pixels, self.optimizer_makers = pixels, optimizers
        self.prepare, self.memory_format = prepare, memory_format
        self.learning = learning or {name: Learning(part) for name, part in self.adversaries.items()}
        self.observers: list[pl.Callback] = []
        self.register_buffer("recent", torch.full((WINDOW,), torch.nan))

    @property
    @abstractmethod
    def networks(self) -> AdversarialNetworks:
        """The networks that the health monitor watches; of a GAN from images those of A2B."""

    @property
    @abstractmethod
    def adversaries(self) -> dict[str, nn.Module]:
        """{"generator": ..., "discriminator": ...}, in the order of the optimisers."""

    @property
    def settled(self) -> bool:
        return all(part.settled(self.step / self.max_steps) for part in self.learning.values())

    def configure_optimizers(self) -> list[Optimizer]:
        learning = [self.learning[name] for name in self.adversaries]
        optimizers = [make(part.parameters()) for make, part in zip(self.optimizer_makers, learning, strict=True)]
        for group in (group for optimizer in optimizers for group in optimizer.param_groups):
            group["base_lr"] = group["lr"] * group.get("rate", 1)
        return optimizers

    def take(self, saved: dict[str, Tensor]) -> None:
        """The same; a term that the saved state knows nothing of begins with the networks as they are now."""
        super().take(saved)
        for name, networks in self.named_modules():
            for number, term in enumerate(networks.terms) if isinstance(networks, AdversarialNetworks) else ():
                if not any(tensor.startswith(f"{name}.terms.{number}.") for tensor in saved):
                    term.attach(networks.generator, networks.discriminator)

    def configure_callbacks(self) -> list[pl.Callback]:
        """The observers look after the clock has counted the step, and before it is saved."""
        return [*super().configure_callbacks(), *self.observers]

    def train(self, mode: bool = True) -> Self:
        """Frozen modules and the averaged network stay in eval mode, whoever calls."""
        super().train(mode)
        for part in self.learning.values():
            part.set_modes(mode)
        return self

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        super().on_train_batch_start(batch, batch_idx)
        for part in self.learning.values():
            part.enter(self.step / self.max_steps)

    def update(self, optimizer: Any, loss: Tensor) -> None:
        """One optimiser step down the loss."""
        optimizer.zero_grad()
        self.manual_backward(loss)
        optimizer.step()

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        """Nothing: metrics of distributions and of whole images have no batches."""
