"""How good generated points are, against the distribution that the real ones are drawn from."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from artesano.data.loaders import Loaders
from artesano.evaluation.point_evaluation import PointEvaluation
from artesano.gan.likeness import Evaluation
from artesano.kinds.gan.measures import Measures
from artesano.metrics.distribution import protocol
from artesano.metrics.points import energy_distance, mixture_metrics, nearest_mode
from artesano.metrics.prdc import precision_recall
from artesano.runs.floors import FLOOR, floors_of, kind


class PointMeasures(Measures):
    """Compares samples with as many fresh real points, which are in no part of the data.

    `mixture_metrics`, `energy_distance` and `precision_recall`, of the plain coordinates, define the metrics. The names
    end in the number of samples: `modes_2500`; `modes_2500_floor` is what other fresh real points reach.

    Args:
        options: the node `evaluation`.
        loaders: of the run; their data know the distribution.
        conditional: the generator is asked for classes.
        names_classes: the discriminator names the class of a point.
    """

    options: PointEvaluation  # type: ignore[assignment]

    def __init__(self, options: PointEvaluation, loaders: Loaders, conditional: bool, names_classes: bool):
        self.options = options
        self.loaders, self.conditional, self.names_classes = loaders, conditional, names_classes
        centres = loaders.data.modes  # type: ignore[attr-defined]
        self.centres = None if centres is None else torch.from_numpy(centres)
        self.modes = None  # of stacked digits
        self._floors = {}

    def full_name(self, monitor: str) -> str:
        """`val/energy_2500` of `energy`; other names as they are."""
        count = self.options.samples_in_training
        if "/" in monitor:
            return monitor
        return f"val/{protocol(monitor, count, count)}" if count else "newest"

    def of(self, images: Tensor, labels: Tensor, full: bool) -> dict[str, float]:
        """Metrics of points float [N, 2] that were asked to be of the classes `labels`."""
        count, data = len(images), self.loaders.data
        reference = self.fresh(count, "reference")
        metrics = {"energy": energy_distance(images, reference)} | precision_recall(reference, images)._asdict()
        if self.centres is not None:
            metrics |= mixture_metrics(images, self.centres, data.sd)  # type: ignore[attr-defined]
            if self.conditional:
                right = nearest_mode(images, self.centres) == labels
                metrics["conditional_accuracy"] = float(right.double().mean())
        return {protocol(name, count, count): value for name, value in metrics.items()}

    def fresh(self, count: int, purpose: str) -> Tensor:
        """float32 [count, 2], real points that nothing was trained on."""
        return torch.from_numpy(self.loaders.data.fresh(count, purpose))  # type: ignore[attr-defined]

    def floor(self, samples: int) -> dict[str, float]:
        """The metrics of fresh real points, which a perfect generator reaches on average."""
        if samples not in self._floors:
            own = PointMeasures(self.options, self.loaders, conditional=False, names_classes=False)
            metrics = own.of(self.fresh(samples, "floor"), torch.zeros(samples), full=True)
            self._floors[samples] = {f"{name}{FLOOR}": value for name, value in metrics.items()}
        return self._floors[samples]

    def evaluation(self, metrics: Mapping[str, float], samples: int) -> Evaluation:
        floors = floors_of(self.floor(samples))
        values = {kind(name): value for name, value in metrics.items() if FLOOR not in name and "_raw" not in name}
        return {
            "samples": samples,
            "distance": "energy distance",
            "fd": values.get("energy"),
            "fd_floor": floors.get("energy"),
            "coverage": values.get("coverage"),
            "coverage_floor": floors.get("coverage"),
        }

    def neighbour_ratio(self, images: Tensor) -> dict[str, float]:
        """Nothing: the true distribution is known, so that copies of its points are no better than others."""
        return {}

    def notes(self) -> list[str]:
        count = self.options.samples
        return [f"floor: {count:,} fresh real points in place of the samples"] if count else []
