"""A built GAN from noise."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from artesano.config.options import Monitor
from artesano.data.loaders import Loaders
from artesano.gan.module import GanModule
from artesano.kinds.adversarial.adaptation import Player
from artesano.kinds.adversarial.options import GanOptions
from artesano.kinds.adversarial.training import AdversarialTraining
from artesano.kinds.gan import pictures
from artesano.kinds.gan.held_out import HeldOut
from artesano.kinds.gan.measures import Measures
from artesano.kinds.gan.start import Start
from artesano.kinds.gan.timing import seconds_per_sample, seconds_per_step
from artesano.kinds.timing import CURVES, SAMPLED
from artesano.runs.checkpoint import read_checkpoint
from artesano.runs.floors import floors_of

READ, JUDGE = 0.0005, 30  # rough seconds to read the digits of a stack, and to train what reads them


class GanTraining(AdversarialTraining[GanModule]):
    """See `artesano.kinds.kind.Training`.

    Args:
        start: the trained networks that these began with.
        adapting: what of them learns, by the names of the module's `adversaries`.
    """

    def __init__(
        self,
        options: GanOptions,
        loaders: Loaders,
        module: GanModule,
        measures: Measures,
        monitor: Monitor,
        start: Start | None = None,
        adapting: Mapping[str, Player] | None = None,
    ):
        model = {
            "gan": options.gan.name,
            "generator": options.generator,
            "latent": options.latent,
            "conditional": measures.conditional,
            "normalise_images": options.normalise_images,
            "classes": loaders.classes,
            "class_share": module.class_share.tolist(),
            "in_chans": loaders.preprocessing.channels,
            "image_size": options.image_size,
            "preprocessing": loaders.preprocessing.to_dict(),
        }
        samples = measures.options.samples_in_training
        health = {
            "evaluation": (lambda metrics: measures.evaluation(metrics, samples)) if samples else None,
            "held_out": HeldOut(loaders, module),
            "not_judged": self.not_judged(measures),
        }
        super().__init__(
            options,
            loaders,
            module,
            model=model,
            monitor=monitor,
            terms_of="discriminator",
            health=health,
            start=start,
            adapting=adapting,
        )
        self.measures = measures

    @staticmethod
    def not_judged(measures: Measures) -> str:
        """What is said of the samples before they are evaluated, if they are at all."""
        if measures.options.samples_in_training:
            return "whether the samples look like the data is not known before the first evaluation"
        if measures.options.samples:
            return "whether the samples look like the data is not known before the end"
        return "the samples were not judged (evaluation.samples=0)"

    def expected_seconds(self, device: torch.device) -> float:
        """Training with its pictures, evaluations, the measuring of the last and the best state, and the plots."""
        step, options = seconds_per_step(self.module, self.data.batch_size, device), self.measures.options
        left = self.max_steps - self.step
        seconds = step * left + self.pictures_in_training * left / self.max_steps * SAMPLED + CURVES
        if not (options.samples or options.samples_in_training):
            return seconds
        drawn, features = seconds_per_sample(self.module, self.measures, device)
        times = left // self.eval_every
        states = 1.5 if options.samples_in_training else 1  # where nothing chooses a best, the last is measured alone
        if self.measures.modes is not None:
            seconds += states * self.measures.modes.count * (drawn + READ) + JUDGE
        states *= 1 + (options.raw and self.module.ema is not None)
        samples = options.samples_in_training * times + options.samples * states
        return seconds + samples * (drawn + features) + self.measures.images_to_come() * features

    def sample_images(self, folder: Path, every: int) -> pictures.Grids:
        return pictures.Grids(folder, every, len(self.loaders.classes) if self.measures.conditional else 0)

    def measure(self, folder: Path, best: dict[str, Any]) -> dict[str, dict[str, float]]:
        last = self.measures.at_end(self.module)
        self.notes = self.measures.notes()
        if samples := self.measures.options.samples:
            self.health.evaluated(self.measures.evaluation(last, samples), self.module)
        if best["step"] in (None, self.module.step):
            return {"last": last, "best": last}
        self.module.load_state_dict(read_checkpoint(folder).tensors)
        return {"last": last, "best": self.measures.at_end(self.module)}

    def pictures(self, folder: Path) -> list[Path]:
        samples = self.measures.options.samples_in_training
        floors = floors_of(self.measures.floor(samples)) if samples else {}
        return pictures.draw(folder, self.module, self.loaders, self.measures.conditional, floors)
