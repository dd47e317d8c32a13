"""The health of a GAN, probed while it trains."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytorch_lightning as pl
import torch
import yaml
from rich.console import Console
from torch import Tensor, nn

from artesano.errors import RunFailed
from artesano.gan.health import NAMES, Health, Probe, Verdict, conclude, judge, measure
from artesano.gan.likeness import Evaluation
from artesano.gan.verdict import HARMLESS, NOT_JUDGED, WARMING
from artesano.lines import say
from artesano.training.logging import log_row

log = logging.getLogger("artesano")


class Unhealthy(RunFailed):
    """The monitor ended the run, as health.on_failure=stop asks for; the last checkpoint is good."""


class HealthMonitor(pl.Callback):
    """Probes every `health.every` steps, logs `health/...`, and says in plain words when the verdict changes.

    Args:
        evaluation: metrics of a validation -> what the verdict reads of them; None = samples are not judged.
        held_out: (count, step) -> so many real images that are not trained on, and their labels, or None.
        not_judged: what is said of the samples where, or as long as, no evaluation has judged them.
        unfit: how overrides begin that this run could not take; they are no advice.
    """

    def __init__(
        self,
        health: Health,
        hacks: dict[str, Any],
        *,
        evaluation: Callable[[dict[str, float]], Evaluation] | None = None,
        held_out: Callable[[int, int], tuple[Tensor, Tensor] | None] = lambda count, step: None,
        not_judged: str = NOT_JUDGED,
        unfit: tuple[str, ...] = (),
    ):
        self.health, self.hacks, self.unfit = health, hacks, unfit
        self.evaluation, self.held_out, self.not_judged = evaluation, held_out, not_judged
        self.history: list[dict[str, float]] = []
        self.evaluations: list[Evaluation] = []
        self.norms: dict[int, Tensor] = {}
        self.state = WARMING

    def state_dict(self) -> dict[str, Any]:
        return {"history": self.history, "evaluations": self.evaluations, "state": self.state}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.history, self.state = state_dict["history"], state_dict["state"]
        self.evaluations = state_dict.get("evaluations", [])  # checkpoints of earlier versions have none

    def due(self, step: int) -> bool:
        """Is the state after `step` steps to be probed?"""
        return step % self.health.every == 0

    def on_before_optimizer_step(self, trainer: pl.Trainer, module: Any, optimizer: Any) -> None:
        if self.due(module.step + 1):
            number = [made is optimizer for made in trainer.optimizers].index(True)
            network = module.networks.discriminator if number else module.networks.generator
            self.norms[number] = gradient_norm(network) / loss_scale(trainer, optimizer)

    def on_train_batch_end(self, trainer: pl.Trainer, module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        if not self.due(module.step) or module.networks.last_generator is None:
            return  # in a pixel phase there is no adversary to look at
        with trainer.precision_plugin.forward_context():
            held_out = self.held_out_logits(module)
        seen = self.seen(module)._replace(logits_held_out=held_out)
        measured = trainer.strategy.broadcast(measure(seen))  # several processes judge by what the first sees
        probe = dict(zip(NAMES, measured.tolist(), strict=True)) | {"step": module.step}
        self.history.append(probe)
        log_row(trainer, {f"health/{name}": probe[name] for name in NAMES}, module.step)
        verdict = self.news(trainer, module.step)
        if verdict is not None and self.stops:
            raise Unhealthy(f"{self.text(verdict, module.step)} Stopped, because of health.on_failure=stop.")

    def on_validation_end(self, trainer: pl.Trainer, module: Any) -> None:
        if trainer.state.fn != "fit" or self.evaluation is None:
            return
        evaluation = trainer.strategy.broadcast(self.evaluation(module.evaluated_metrics))
        self.evaluated(evaluation, module)
        self.news(trainer, module.step)

    def on_train_batch_start(self, trainer: pl.Trainer, module: Any, batch: Any, batch_idx: int) -> None:
        if self.stops:  # after an evaluation, which was to be logged and saved before
            raise Unhealthy(f"{self.state}: stopped at step {module.step}, because of health.on_failure=stop.")

    def evaluated(self, evaluation: Evaluation, module: Any) -> None:
        """Keep it; at the end of a run the same may have been measured twice."""
        evaluation = evaluation | {"step": module.step, "of": module.max_steps}
        if evaluation not in self.evaluations:
            self.evaluations.append(evaluation)

    def held_out_logits(self, module: Any) -> Tensor | None:
        """The discriminator's logits of real images that it is not trained on; None where there are none."""
        step = module.step - 1  # the step just done
        unseen = self.held_out(len(module.networks.last_discriminator.real), step)
        if unseen is None:
            return None
        images, labels = unseen
        return module.networks.unseen_logits(images, labels, step / module.max_steps)

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

    @property
    def stops(self) -> bool:
        """Is the run to end? Samples that have yet to learn are no failure."""
        return self.health.on_failure == "stop" and self.state not in HARMLESS

    def news(self, trainer: pl.Trainer, step: int) -> Verdict | None:
        """Say the verdict if its state has changed; the verdict where it was said."""
        verdict = judge(self.history, self.health.patience, self.evaluations, self.not_judged)
        if verdict.state == self.state:
            return None
        self.state = verdict.state
        if verdict.state in HARMLESS:
            if verdict.state != WARMING and trainer.is_global_zero:
                say(Console(), self.text(verdict, step), markup=False)
        elif not self.stops:
            log.warning(self.text(verdict, step))
        return verdict

    def text(self, verdict: Verdict, step: int) -> str:
        """The verdict in a line, with what may help."""
        text = f"health at step {step}: {verdict.state}. {verdict.sentence}."
        advice = untried(verdict.advice, self.hacks, self.unfit)
        return f"{text} Try {', '.join(advice)}." if advice else text

    def conclusion(self) -> dict[str, Any]:
        """The record's `health`, with the histories' lengths: what it was judged by."""
        verdict = conclude(self.history, self.health.patience, self.evaluations, self.not_judged)
        return {
            "verdict": verdict.state,
            "sentence": verdict.sentence,
            "advice": untried(verdict.advice, self.hacks, self.unfit),
            "probes": len(self.history),
            "evaluations": self.evaluations,
        }


def untried(advice: list[str], hacks: dict[str, Any], unfit: tuple[str, ...] = ()) -> list[str]:
    """The overrides that change something in a run with these `hacks`, without those that begin as one of `unfit`."""
    values = {f"hacks.{name}": value for name, value in hacks.items()}
    overrides = [(override, *override.split("=", 1)) for override in advice if not override.startswith(unfit)]
    return [override for override, key, value in overrides if key not in values or values[key] != yaml.safe_load(value)]


def loss_scale(trainer: pl.Trainer, optimizer: Any) -> float:
    """What the gradients are multiplied by here: with 16-mixed a fused optimiser divides by it in its own step."""
    scaler = getattr(trainer.precision_plugin, "scaler", None)
    fused = getattr(optimizer, "_step_supports_amp_scaling", False)
    return scaler.get_scale() if scaler is not None and fused else 1.0


@torch.no_grad()
def gradient_norm(network: nn.Module) -> Tensor:
    """Euclidean norm of all gradients of a network, on its device."""
    gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
    return torch.stack(torch._foreach_norm(gradients)).norm()
