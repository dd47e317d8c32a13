"""Learning-rate schedules: pure functions from progress (0 at the first step, 1 at the end) to a factor of the rate.

A schedule keeps no state, so nothing of it is in a checkpoint, and a resumed run has the same rates as an
uninterrupted one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Protocol

from pydantic import Field

Share = Annotated[float, Field(ge=0, le=1)]


class Schedule(Protocol):
    """`schedule(progress)` with progress in [0, 1] gives the factor, in [0, 1]."""

    def __call__(self, progress: float) -> float: ...


def warmed(progress: float, warmup: float) -> float | None:
    """The factor of a linear warm-up that lasts `warmup` of the run; None once it is over."""
    return progress / warmup if progress < warmup else None


@dataclass(frozen=True)
class Cosine:
    """Linear warm-up, then half a cosine (Loshchilov and Hutter 2017, arXiv 1608.03983, without restarts).

    Args:
        warmup: share of the run.
        floor: the factor at the end.
    """

    warmup: Share = 0.05
    floor: Share = 0.0

    def __call__(self, progress: float) -> float:
        rising = warmed(progress, self.warmup)
        if rising is not None:
            return rising
        rest = (progress - self.warmup) / max(1e-12, 1 - self.warmup)
        return self.floor + (1 - self.floor) * 0.5 * (1 + math.cos(math.pi * min(1.0, rest)))


@dataclass(frozen=True)
class Linear:
    """Constant up to `start`, then a straight line down to `floor` (pix2pix and CycleGAN: start 0.5)."""

    warmup: Share = 0.0
    start: Share = 0.0
    floor: Share = 0.0

    def __call__(self, progress: float) -> float:
        rising = warmed(progress, self.warmup)
        if rising is not None:
            return rising
        fallen = max(0.0, progress - self.start) / max(1e-12, 1 - self.start)
        return 1 - (1 - self.floor) * min(1.0, fallen)


@dataclass(frozen=True)
class Constant:
    """The same learning rate throughout, after an optional linear warm-up."""

    warmup: Share = 0.0

    def __call__(self, progress: float) -> float:
        rising = warmed(progress, self.warmup)
        return 1.0 if rising is None else rising


@dataclass(frozen=True)
class Steps:
    """Multiply by `factor` at each of the `at` shares of the run (BiT's staircase: 0.1 at 0.3, 0.6, 0.9)."""

    at: tuple[Share, ...] = (0.3, 0.6, 0.9)
    factor: Share = 0.1
    warmup: Share = 0.0

    def __call__(self, progress: float) -> float:
        rising = warmed(progress, self.warmup)
        if rising is not None:
            return rising
        return self.factor ** sum(progress >= share for share in self.at)
