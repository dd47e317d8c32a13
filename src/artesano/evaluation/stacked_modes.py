"""The modes that generated stacks of digits cover, beside those of as many real ones."""

from __future__ import annotations

import functools
from collections.abc import Callable

import torch
from torch import Tensor

from artesano.data.dataset import ImageData
from artesano.data.loaders import Loaders
from artesano.data.preprocessing import Preprocessing
from artesano.data.stacked_mnist import CHANNELS, StackedMnist
from artesano.evaluation.digit_judge import Judge, digit_judge
from artesano.metrics.distribution import protocol
from artesano.metrics.modes import mode_metrics
from artesano.runs.floors import FLOOR, OVER, floors_of, over_floor
from artesano.seeding import generator


class StackedModes:
    """`modes_digits_26k` and `kl_digits_26k`, the protocol of PacGAN (arXiv 1712.04086): a judge reads each channel.

    Args:
        data: of the run.
        preprocessing: of the run; the judge is trained on digits of this size.
    """

    def __init__(self, data: StackedMnist, preprocessing: Preprocessing):
        self.count, self.single, self.preprocessing = data.judged, data.single, preprocessing
        self.ending = protocol("digits", self.count, self.count)

    @functools.cached_property
    def judge(self) -> Judge:
        return digit_judge(self.single, self.preprocessing)

    @functools.cached_property
    def floor(self) -> dict[str, float]:
        """What as many real stacks of test digits score; each digit is read once, and then stacked."""
        grey = self.judge.preprocessing
        loaders = Loaders(self.single, grey, seed=0)
        digits = self.judge(loaders.images("test", torch.arange(len(loaders.listing.splits["test"])))).flatten()
        rows = torch.randint(len(digits), (self.count, CHANNELS), generator=generator("stacked floor"))
        return {f"{name}{FLOOR}": value for name, value in self.metrics(digits[rows]).items()}

    def metrics(self, digits: Tensor) -> dict[str, float]:
        """Of stacks whose digits int64 [N, 3] were read."""
        values = mode_metrics(self.judge.modes(digits), self.judge.classes**CHANNELS)
        return {f"{name}_{self.ending}": value for name, value in values.items()}

    def of(self, draw: Callable[[int], Tensor]) -> dict[str, float]:
        """Metrics of samples, their multiples of the floor, and the floor.

        Args:
            draw: count -> uint8 [count, 3, S, S].
        """
        metrics, floors = self.metrics(self.judge(draw(self.count))), floors_of(self.floor)
        over = {f"{name}{OVER}": over_floor(name, value, floors) for name, value in metrics.items()}
        return metrics | {name: times for name, times in over.items() if times is not None} | self.floor

    def note(self) -> str:
        """How far the judge can be trusted."""
        return f"modes: the judge reads {self.judge.accuracy:.1%} of {self.judge.tested:,} test digits rightly"


def stacked_modes(data: ImageData, preprocessing: Preprocessing) -> StackedModes | None:
    """None for data whose modes are not known, and where data.judged=0."""
    return StackedModes(data, preprocessing) if isinstance(data, StackedMnist) and data.judged else None
