"""A built GAN from images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from rich.table import Table

from artesano.config.options import Monitor
from artesano.data.pairs.loaders import PairLoaders
from artesano.evaluation.pair_measures import PairMeasures
from artesano.gan.image_module import ImageGanModule
from artesano.gan.phases import PIXEL
from artesano.kinds.adversarial.training import AdversarialTraining
from artesano.kinds.image_gan import pictures
from artesano.kinds.image_gan.build import checkpoint_state
from artesano.kinds.image_gan.options import ImageGanOptions
from artesano.kinds.image_gan.timing import seconds_per_image, seconds_per_step, seconds_to_read
from artesano.kinds.timing import CURVES, SAMPLED, left_by_pace, pace


class ImageGanTraining(AdversarialTraining[ImageGanModule]):
    """See `artesano.kinds.kind.Training`.

    Args:
        adversarial_weight: of the generator's adversarial loss; 0 = no adversary.
        beginning: `start` and `adapting` of `AdversarialTraining`.
    """

    stem = "group 0 sees the source"
    unfit_advice = ("gan=", "hacks.minibatch=", "hacks.extra_critic_steps=")  # of GANs from noise

    def __init__(
        self,
        options: ImageGanOptions,
        loaders: PairLoaders,
        module: ImageGanModule,
        measures: PairMeasures,
        model: dict[str, Any],
        monitor: Monitor,
        adversarial_weight: float,
        **beginning: Any,
    ):
        health = {"not_judged": "how good the images are, their metrics say"}
        parts: dict[str, Any] = {"model": model, "monitor": monitor, "health": health, **beginning}
        super().__init__(options, loaders, module, terms_of="generator", **parts)
        self.measures, self.adversarial_weight = measures, adversarial_weight
        # The pixel phase is judged by pixels, whatever the adversarial one is judged by.
        self.phase_monitors = {PIXEL: measures.pixel_monitor}
        self.paces = [(0, 1.0)]  # the step at which each phase begins, and how long a step of it takes, once timed
        self.generators: dict[str, torch.nn.Module] = {}  # by state, once it is measured

    @property
    def title(self) -> str:
        return f"{super().title} x {self.adversarial_weight:g}"

    def networks_table(self) -> Table:
        table = super().networks_table()
        table.caption = self.module.phases.sentence(self.max_steps) if self.adversarial_weight else None
        return table

    def facts(self) -> dict[str, Any]:
        return super().facts() | ({} if self.health.history else {"health": None})  # pixels alone have no health

    def expected_seconds(self, device: torch.device) -> float:
        """Training with its pictures, evaluations, the measuring of all states on the test part, and the strips."""
        image = seconds_per_image(self.module, self.measures, device)
        parts, paired = self.loaders.listing.parts, self.loaders.listing.paired
        states = 2 + bool(self.module.phases.pixel)
        methods = states + (len(self.measures.kind.baselines) if paired else 0)
        looked_at = min(self.measures.options.images_in_training, len(parts["val"])) if paired else 0
        left = self.max_steps - self.step
        times = left // self.eval_every
        read = seconds_to_read(self.loaders)
        begins = {0.0: 0, 1.0: min(self.module.phases.pixel, self.max_steps)}  # by share of the adversarial weights
        ends = {0.0: begins[1.0], 1.0: self.max_steps}
        self.paces = [
            (begin, pace(seconds_per_step(self.module, self.loaders, device, share), read, device))
            for share, begin in begins.items()
            if max(begin, self.step) < ends[share]
        ]
        training = sum(steps * one for steps, one in left_by_pace(self.paces, self.step, self.max_steps))
        evaluations = looked_at * times * (image.read + image.generated + image.measured)
        strips = self.pictures_in_training * left / self.max_steps * (SAMPLED + pictures.SHOWN * image.generated)
        of_methods = methods * (image.measured + image.compared + image.natural)
        each = 2 * image.read + states * image.generated + of_methods + image.natural  # of the true image too
        return training + evaluations + strips + len(parts["test"]) * each + CURVES  # read again for the strips

    def sample_images(self, folder: Path, every: int) -> pictures.Strips:
        return pictures.Strips(folder, every, self.loaders)

    def measure(self, folder: Path, best: dict[str, Any]) -> dict[str, dict[str, float]]:
        """Best and last, and what each phase kept, beside the baselines; the whole table goes to <folder>/table.csv."""
        states: dict[str, Any] = {"last": self.module.evaluated}
        files = {"best": "best.ckpt", PIXEL: f"{PIXEL}_best.ckpt"}
        for name, file in files.items():
            path = folder / "checkpoints" / file
            if path.is_file() and not (name == "best" and best["step"] == self.step):
                states[name] = checkpoint_state(self.module.evaluated, path)
        self.generators = {name: state["a2b"] for name, state in states.items()}
        metrics, notes = self.measures.at_end(self.module, self.generators, folder)
        self.notes = [*self.notes, *notes]
        return {"last": metrics["last"], "best": metrics.get("best", metrics["last"])}

    def pictures(self, folder: Path) -> list[Path]:
        in_time = {name: self.generators[name] for name in (PIXEL, "best", "last") if name in self.generators}
        return pictures.draw(folder, self.module, self.loaders, in_time, self.measures)
