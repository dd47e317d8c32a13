"""What of a network learns, when, and how fast: all of it, or what the stages of a strategy name."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from torch import nn

from artesano.training.freezing import apply_stage, set_modes


class Stage(NamedTuple):
    """From `start` (share of the run, 0..1) on, these parameters learn and no others.

    restart: the learning-rate schedule begins anew here, as for a second training.
    """

    start: float
    trainable: frozenset[str]
    restart: bool = False


class Learning:
    """All of a network learns throughout the run, at one rate."""

    def __init__(self, network: nn.Module):
        self.network = network

    def parameters(self) -> Iterable[Any]:
        """For the optimiser: parameters, or groups of them with the factor of their learning rate as `rate`."""
        return self.network.parameters()

    @property
    def count(self) -> int:
        """Numbers that learn at some time of the run."""
        return sum(parameter.numel() for parameter in self.network.parameters())

    def enter(self, progress: float) -> None:
        """Let learn what learns at this share of the run, in [0, 1)."""

    def settled(self, progress: float) -> bool:
        """True where nothing else will learn after this share of the run."""
        return True

    def set_modes(self, training: bool) -> None:
        """Put frozen modules back in eval mode when the network has been switched to training."""


class StagedLearning(Learning):
    """The parameters of the stages learn, each at its own rate. What never learns stays as it is, bit for bit.

    Args:
        stages: ordered by `start`, the first at 0.
        rates: factor of the learning rate of each parameter that learns at some time.
        keeping: (network) -> its BatchNorm layers whose statistics stay as they are; asked anew each time, since
            several devices replace them by layers that are synchronised.
    """

    def __init__(
        self,
        network: nn.Module,
        stages: Sequence[Stage],
        rates: Mapping[str, float],
        keeping: Callable[[nn.Module], Iterable[nn.Module]] = lambda network: (),
    ):
        super().__init__(network)
        self.stages, self.rates, self.keeping = stages, rates, keeping
        self.stage: int | None = None
        apply_stage(network, rates.keys())  # DistributedDataParallel reads requires_grad once

    def parameters(self) -> Iterable[Any]:
        named = dict(self.network.named_parameters())
        by_rate: dict[float, list[nn.Parameter]] = {}
        for name, rate in self.rates.items():
            by_rate.setdefault(rate, []).append(named[name])
        return [{"params": by_rate[rate], "rate": rate} for rate in sorted(by_rate, reverse=True)]

    @property
    def count(self) -> int:
        return sum(parameter.numel() for name, parameter in self.network.named_parameters() if name in self.rates)

    def enter(self, progress: float) -> None:
        stage = bisect_right([stage.start for stage in self.stages], progress) - 1
        if stage != self.stage:
            self.stage = stage
            apply_stage(self.network, self.stages[stage].trainable)
            self.set_modes(self.network.training)

    def settled(self, progress: float) -> bool:
        return progress > self.stages[-1].start

    def set_modes(self, training: bool) -> None:
        set_modes(self.network, training, self.keeping(self.network))
