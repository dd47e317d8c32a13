"""A built GAN on points."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from artesano.gan.point_module import PointGanModule
from artesano.kinds.gan.timing import seconds_per_step
from artesano.kinds.gan.training import GanTraining
from artesano.kinds.points import pictures
from artesano.kinds.points.measures import PointMeasures
from artesano.kinds.timing import CURVES, SAMPLED
from artesano.runs.floors import floors_of

OVERHEAD = 0.0012  # seconds of a step around its computation, which is shorter than they are
MEASURED = 0.3  # seconds of one evaluation


class PointTraining(GanTraining):
    """See `artesano.kinds.kind.Training`."""

    module: PointGanModule
    measures: PointMeasures
    unfit_advice = ("gan=", "hacks.diffaugment=", "hacks.ada=")  # of images

    def expected_seconds(self, device: torch.device) -> float:
        """Training with its pictures, the evaluations, and the plots."""
        step, options = OVERHEAD + seconds_per_step(self.module, self.data.batch_size, device), self.measures.options
        left = self.max_steps - self.step
        seconds = step * left + self.pictures_in_training * left / self.max_steps * SAMPLED + CURVES
        times = left // self.eval_every if options.samples_in_training else 0
        return seconds + MEASURED * (times + 4 * bool(options.samples))

    def sample_images(self, folder: Path, every: int) -> pictures.Frames:  # type: ignore[override]
        return pictures.Frames(folder, every, *self.seen)

    def pictures(self, folder: Path) -> list[Path]:
        samples = self.measures.options.samples_in_training
        floors = floors_of(self.measures.floor(samples)) if samples else {}
        return pictures.draw(folder, self.module, *self.seen, floors)

    @property
    def seen(self) -> tuple[Tensor, int]:
        """The real points of a picture, and the number of classes that the discriminator wants to be told."""
        sees_class = self.options.conditioning.discriminator in ("channels", "projection")
        return self.loaders.points("train"), len(self.loaders.classes) if sees_class else 0
