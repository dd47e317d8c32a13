"""An experiment with a GAN on points: that of a GAN from noise, with points where that has images."""

from __future__ import annotations

import dataclasses

from artesano.config.options import Monitor
from artesano.data.loaders import Loaders
from artesano.data.point_loaders import PointLoaders, PointScale
from artesano.errors import BadInput
from artesano.gan.point_module import PointGanModule
from artesano.kinds.adversarial.options import GanOptions
from artesano.kinds.gan.experiment import GanExperiment
from artesano.kinds.gan.measures import Measures
from artesano.kinds.points.measures import PointMeasures
from artesano.kinds.points.training import PointTraining


class PointExperiment(GanExperiment):
    """See `artesano.kinds.kind.Experiment`."""

    module = PointGanModule
    training = PointTraining
    samples_are = "points"
    kind = "points"

    def __init__(self, options: GanOptions):
        super().__init__(options)
        self.scale = PointScale.of(self.data, options.normalise_images)
        self.pixels = self.scale  # type: ignore[assignment]  # the module asks both for the ends of their range

    @property
    def channels(self) -> int:
        return self.scale.channels

    def check(self) -> None:
        if self.options.discriminator_input.get("diffaugment"):
            raise BadInput("discriminator_input.diffaugment: augmentations of images; leave it out for points")
        self.check_data()

    def check_real(self) -> None:
        """The true distribution is known: it gives as many real points as are needed."""

    def loaders(self) -> Loaders:
        return PointLoaders(self.data, self.scale, self.options.seed, self.critic_steps)

    def measures(self, loaders: Loaders) -> Measures:
        names_classes = self.options.conditioning.discriminator == "classes"
        return PointMeasures(self.evaluation, loaders, self.conditional, names_classes)

    def monitor(self, measures: Measures) -> Monitor:
        monitor = self.options.monitor
        return dataclasses.replace(monitor, name=measures.full_name(monitor.name))  # type: ignore[attr-defined]
