"""The health of a GAN, probed while it trains."""

from __future__ import annotations

import logging
from typing import Any

import pytorch_lightning as pl
import torch
import yaml
from torch import Tensor, nn

from artesano.errors import RunFailed
from artesano.gan.health import NAMES, Health, Probe, Verdict, conclude, judge, measure
from artesano.training.logging import log_row

log = logging.getLogger("artesano")


class Unhealthy(RunFailed):
    """The monitor ended the run, as health.on_failure=stop asks for; the last checkpoint is good."""


class HealthMonitor(pl.Callback):
    """Probes every `health.every` steps, logs `health/...`, and says in plain words what is wrong when it begins."""

    def __init__(self, health: Health, hacks: dict[str, Any]):
        self.health, self.hacks = health, hacks
        self.history: list[dict[str, float]] = []
        self.norms: dict[int, Tensor] = {}
        self.state = "warming up"

    def state_dict(self) -> dict[str, Any]:
        return {"history": self.history, "state": self.state}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.history, self.state = state_dict["history"], state_dict["state"]

    def due(self, step: int) -> bool:
        """Is the state after `step` steps to be probed?"""
        return step % self.health.every == 0

    def on_before_optimizer_step(self, trainer: pl.Trainer, module: Any, optimizer: Any) -> None:
        if self.due(module.step + 1):
            number = [made is optimizer for made in trainer.optimizers].index(True)
            self.norms[number] = gradient_norm(module.networks.discriminator if number else module.networks.generator)

    def on_train_batch_end(self, trainer: pl.Trainer, module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        if not self.due(module.step) or module.networks.last_generator is None:
            return  # in a pixel phase there is no adversary to look at
        seen = trainer.strategy.broadcast(measure(self.seen(module)))  # several processes judge by what the first sees
        probe = dict(zip(NAMES, seen.tolist(), strict=True)) | {"step": module.step}
        self.history.append(probe)
        log_row(trainer, {f"health/{name}": probe[name] for name in NAMES}, module.step)
        verdict = judge(self.history, self.health.patience)
        if verdict.state != self.state:
            self.changed(verdict, module.step)

    def seen(self, module: Any) -> Probe:
        """The step just done, as the health functions want it."""
        before, after = module.networks.last_discriminator, module.networks.last_generator
        return Probe(
            real=before.real,
            fake=after.fake,
            logits_real=before.real_output.logits,
            logits_fake_before=before.fake_output.logits,
            logits_fake_after=after.fake_output.logits,
            gradient_d=self.norms[1],
            gradient_g=self.norms[0],
            loss_d=module.losses["discriminator"],
            loss_g=module.losses["generator"],
            recent_losses=module.recent,
            probability=module.networks.loss.probability,
            image_range=module.pixels.ends,
        )

    def changed(self, verdict: Verdict, step: int) -> None:
        """Say it once, when it begins; stop when the user wants that."""
        self.state = verdict.state
        if verdict.state in ("healthy", "warming up"):
            return
        text = f"health at step {step}: {verdict.state}. {verdict.sentence}."
        if advice := untried(verdict.advice, self.hacks):
            text += f" Try {', '.join(advice)}."
        if self.health.on_failure == "stop":
            raise Unhealthy(f"{text} Stopped, because of health.on_failure=stop.")
        log.warning(text)

    def conclusion(self) -> dict[str, Any]:
        """The record's `health`."""
        verdict = conclude(self.history, self.health.patience)
        return {"verdict": verdict.state, "sentence": verdict.sentence, "advice": untried(verdict.advice, self.hacks)}


def untried(advice: list[str], hacks: dict[str, Any]) -> list[str]:
    """The overrides that change something in a run with these `hacks`."""
    values = {f"hacks.{name}": value for name, value in hacks.items()}
    given = [(override, *override.split("=", 1)) for override in advice]
    return [override for override, key, value in given if key not in values or values[key] != yaml.safe_load(value)]


@torch.no_grad()
def gradient_norm(network: nn.Module) -> Tensor:
    """Euclidean norm of all gradients of a network, on its device."""
    gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
    return torch.stack(torch._foreach_norm(gradients)).norm()
