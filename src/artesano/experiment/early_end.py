"""Why a run ends before its last step: its monitor no longer improves, or its minutes are over.

Lightning's own EarlyStopping counts in memory that a checkpoint of ours does not hold, and knows nothing of strategies
that change what learns. Here the count is part of the saver's state, a function of the recorded metrics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from artesano.kinds.kind import Training
from artesano.kinds.timing import left_by_pace

KEYS = (None, "patience", "max_minutes")  # what can end a run early, in the order in which processes agree


@dataclass
class EarlyEnd:
    """Decides at batch ends and after validations.

    Args:
        patience: validations in a row without a better value of the monitor; None = no end by them.
        max_minutes: of training, over all sessions; None = no limit.
        seconds: of training until now, over all sessions.
        before: seconds of the sessions before this one.

    Attributes:
        key: what ended the run; None = nothing has.
    """

    patience: int | None
    max_minutes: float | None
    seconds: Callable[[], float]
    before: float = 0.0
    key: str | None = None

    def look_at_clock(self) -> None:
        """End the run where its minutes are over; the first look, when training begins, starts the clock."""
        seconds = self.seconds()
        if self.max_minutes is not None and seconds >= 60 * self.max_minutes:
            self.key = self.key or "max_minutes"

    def look_at_metrics(self, waited: int) -> None:
        """End the run after so many validations without a better value."""
        if self.patience is not None and waited >= self.patience:
            self.key = self.key or "patience"

    @property
    def code(self) -> int:
        """`key` as a number, which processes can share; a process that has more to say wins by the higher one."""
        return KEYS.index(self.key)

    def agree(self, code: int) -> None:
        """Take over what all processes have agreed on."""
        self.key = KEYS[code]


def forecast(training: Training, minutes: float, spent: float = 0.0) -> Iterator[str]:
    """What is worth knowing before the first step of a session.

    Args:
        minutes: that the run is expected to take from its present step on.
        spent: minutes of the sessions before.
    """
    options, steps = training.options, training.max_steps
    if options.patience is not None and (options.patience + 1) * training.eval_every >= steps:
        yield (
            f"patience={options.patience}: the run has {-(-steps // training.eval_every)} validations, too few to end "
            "it early; give a smaller patience or eval_every"
        )
    if options.max_minutes is not None and options.max_minutes < spent + minutes:
        step = reached(training, max(0.0, options.max_minutes - spent) / minutes)
        yield (
            f"max_minutes={options.max_minutes:g} will end the run near step {step} of {steps}, where the learning "
            f"rate is {training.module.learning_rate_factor(step):.2f} of its highest; max_steps={step} puts the whole "
            "schedule into that time"
        )


def reached(training: Training, share: float) -> int:
    """The step after this share of the time that the run still takes.

    Where what learns changes, the steps before the change take another time than those after it.
    """
    paces = getattr(training, "paces", [(0, 1.0)])  # not every kind has stages
    stages = left_by_pace(paces, training.step, training.max_steps)
    step, left = training.step, share * sum(steps * pace for steps, pace in stages)
    for steps, pace in stages:
        done = min(steps, int(left / pace))
        step, left = step + done, left - done * pace
    return max(1, step)


def sentence(known: dict[str, Any]) -> str | None:
    """How a run ended before its last step; None where it did not.

    Args:
        known: the run's record.
    """
    ended, config = known.get("ended_by") or {}, known["config"]
    if (key := ended.get("key")) not in KEYS[1:]:
        return None
    value, at = config[key], f"ended at step {ended['step']} of {known['steps']}"
    if key == "patience":
        times = "1 validation" if value == 1 else f"{value} validations"
        return f"{at}: {known['monitor']['name']} was no better for {times} (patience={value})"
    return f"{at}: its time was over (max_minutes={value:g})"
