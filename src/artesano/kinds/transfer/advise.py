"""Which strategy for these images? Evidence is gathered, then forecast from; `strategy=auto` asks too."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from artesano.advisor.evidence import Evidence
from artesano.advisor.forecast import Forecast, fitted
from artesano.advisor.reasons import reasons
from artesano.config.compose import compose
from artesano.data.loaders import Loaders
from artesano.errors import BadInput
from artesano.kinds.transfer.gather import probed, timed
from artesano.seeding import random_state_kept
from artesano.transfer.network import Classifier

NEAR = 0.01  # of accuracy: a cheaper strategy is worth a sentence

if TYPE_CHECKING:
    from artesano.kinds.transfer.experiment import TransferExperiment


@dataclass(frozen=True)
class Advice:
    """What is known, what each strategy will reach, the one to take, and why."""

    evidence: Evidence
    forecasts: list[Forecast]
    best: Forecast
    reasons: list[str]


def advise(
    experiment: TransferExperiment, images: Loaders, network: Classifier, minutes: float | None = None
) -> Advice:
    """Probe and forecast; images, network and all random generators stay as they were.

    Args:
        experiment: has passed its checks.
        minutes: that the training may take; None = any.

    Raises:
        BadInput: no strategy is done in this time.
    """
    with random_state_kept():
        evidence = probed(with_strategy(experiment, "freeze"), images, network)
        return advice_on(evidence, experiment, images, network, minutes)


def advice_on(
    evidence: Evidence,
    experiment: TransferExperiment,
    images: Loaders,
    network: Classifier,
    minutes: float | None,
) -> Advice:
    """With what a step costs, after the probes."""
    variants = {name: with_strategy(experiment, name) for name in ("partial", "full")}
    return within(timed(evidence, variants, images, network), minutes)


def within(evidence: Evidence, minutes: float | None) -> Advice:
    """The best strategy that takes no more minutes."""
    model = fitted()
    forecasts = model.forecast(evidence)
    possible = [one for one in forecasts if minutes is None or evidence.minutes(one.strategy) <= minutes]
    if not possible:
        needed = min(evidence.minutes(one.strategy) for one in forecasts)
        raise BadInput(f"minutes={minutes:g}: the quickest strategy needs {needed:.2g} minutes here; give more.")
    best, anyway = model.best(possible), model.best(forecasts)
    why = reasons(evidence, model.ranges)
    if best is not anyway:
        why.append(f"{expected(anyway)}, is forecast best and takes {duration(evidence, anyway)}.")
    near = next(one for one in possible if one.accuracy >= best.accuracy - NEAR)
    if near is not best:
        why.append(
            f"{near.strategy} is forecast within a point of {best.strategy} and takes {duration(evidence, near)} "
            f"instead of {duration(evidence, best)}."
        )
    return Advice(evidence, forecasts, best, why)


def duration(evidence: Evidence, forecast: Forecast) -> str:
    """`12 s` or `2.7 min`."""
    minutes = evidence.minutes(forecast.strategy)
    return f"{max(1, round(60 * minutes))} s" if minutes < 1 else f"{minutes:.1f} min"


def with_strategy(experiment: TransferExperiment, name: str) -> TransferExperiment:
    """The same experiment with another strategy, as its YAML file has it."""
    options = copy.copy(experiment.options)
    options.adapt = None  # what is advised on is the source
    options.strategy = compose([f"strategy={name}"]).resolved["strategy"]
    if experiment.data.changing and "cache" in options.strategy:
        options.strategy["cache"] = False
    return type(experiment)(options)


def expected(forecast: Forecast) -> str:
    """`full, test accuracy 0.93 (0.90 to 0.95)`."""
    return f"{forecast.strategy}, test accuracy {forecast.accuracy:.2f} ({forecast.low:.2f} to {forecast.high:.2f})"
