"""Evidence -> the test accuracy that each strategy will have, with an interval: regression on past cases.

A strategy's accuracy, as a logit, is that of a linear probe plus a gain; the gain is linear in a few measured
quantities. Its coefficients are fitted on cases whose every strategy was run (docs/results/advisor_cases.csv,
scripts/study_advisor.py) and stand in fitted.json.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from artesano.advisor.evidence import STRATEGIES, Evidence
from artesano.advisor.regression import least_error, left_out, ridge, solve, students_t

FITTED = Path(__file__).with_name("fitted.json")
LEAST_SCALE = 0.05  # of a quantity that hardly varies over the cases
LEAST_SPREAD = 0.1  # of a logit: no fit on so few cases is better


def logit(accuracy: float, count: int) -> float:
    """Of a share of `count` images, none of them at 0 or 1."""
    share = (accuracy * count + 0.5) / (count + 1)
    return math.log(share / (1 - share))


def accuracy_of(value: float) -> float:
    """The inverse of `logit`, without its correction."""
    return 1 / (1 + math.exp(-min(max(value, -30), 30)))


def probed(evidence: Evidence) -> float:
    """Logit of the linear probe's accuracy on validation images and on left-out training images together: either part
    may be small."""
    count = evidence.held_out + evidence.images
    right = evidence.probe * evidence.held_out + evidence.leave_one_out * evidence.images
    return logit(right / count, count)


def quantities(evidence: Evidence) -> np.ndarray:
    """What the gain is linear in: how near the images are to those of pretraining, how many there are, and how long the
    run is."""
    return np.array([probed(evidence), math.log10(evidence.shots), math.log10(evidence.steps)])


@dataclass(frozen=True)
class Forecast:
    """Of one strategy: test accuracy with a 90 % interval."""

    strategy: str
    accuracy: float
    low: float
    high: float


@dataclass(frozen=True)
class Model:
    """The fitted regression.

    Attributes:
        cases: that it was fitted on.
        centre, scale: of the quantities over the cases.
        lowest, highest: of the quantities over the cases, standardised.
        ranges: {what of the evidence: its lowest and highest value over the cases}, for the reasons.
        coefficients: {strategy: intercept and one for each quantity}.
        uncertain: inverse of the ridge's matrix: how little the cases say of a point far from them.
        spread: {strategy: standard deviation of the logit, beyond what the sizes of the parts explain}.
        margin: a cheaper strategy is taken where it is forecast so little below the best.
    """

    cases: int
    centre: np.ndarray
    scale: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    ranges: Mapping[str, Sequence[float]]
    coefficients: Mapping[str, np.ndarray]
    uncertain: np.ndarray
    spread: Mapping[str, float]
    margin: float

    def forecast(self, evidence: Evidence) -> list[Forecast]:
        """Cheapest strategy first."""
        inside = np.clip(self.standardised(evidence), self.lowest, self.highest)
        point, wide = np.array([1.0, *inside]), np.array([1.0, *self.standardised(evidence)])
        farness, base = float(wide @ self.uncertain @ wide), probed(evidence)
        times = students_t(self.cases - len(point))
        forecasts = []
        for name in STRATEGIES:
            middle = base + float(point @ self.coefficients[name])
            variance = self.spread[name] ** 2 * (1 + farness) + sampling(accuracy_of(middle), evidence)
            low, high = middle - times * math.sqrt(variance), middle + times * math.sqrt(variance)
            forecasts.append(Forecast(name, accuracy_of(middle), accuracy_of(low), accuracy_of(high)))
        return forecasts

    def best(self, forecasts: Sequence[Forecast]) -> Forecast:
        """The cheapest that is within the margin of the highest; forecasts in the order of their cost."""
        highest = max(forecast.accuracy for forecast in forecasts)
        return next(forecast for forecast in forecasts if forecast.accuracy >= highest - self.margin)

    def standardised(self, evidence: Evidence) -> np.ndarray:
        """The quantities, in standard deviations of the cases."""
        return (quantities(evidence) - self.centre) / self.scale

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as JSON holds them."""
        return {
            name: {key: np.asarray(one).tolist() for key, one in value.items()}
            if isinstance(value, Mapping)
            else np.asarray(value).tolist()
            for name, value in vars(self).items()
        }


def sampling(accuracy: float, evidence: Evidence) -> float:
    """Variance of a logit that comes of counting right ones among so few known and test images."""
    share, known = min(max(accuracy, 0.02), 0.98), evidence.held_out + evidence.images
    return (1 / known + 1 / max(1, evidence.tested)) / (share * (1 - share))


def fit(cases: Sequence[tuple[Evidence, Mapping[str, float]]], margin: float) -> Model:
    """Two ridge regressions: of what `full` gains over a probe, and of what the others reach less than `full`. The
    second alone ranks them, and the noise of the probe, which all share, is not in it.

    Each penalty is the one with the least leave-one-out error.

    Args:
        cases: evidence, and {strategy: measured test accuracy}.
    """
    evidence = [one for one, _ in cases]
    raw = np.stack([quantities(one) for one in evidence])
    centre, scale = raw.mean(axis=0), np.maximum(raw.std(axis=0), LEAST_SCALE)
    standard = (raw - centre) / scale
    design = np.column_stack([np.ones(len(raw)), standard])
    reached = {name: np.array([logit(truth[name], one.tested) for one, truth in cases]) for name in STRATEGIES}
    targets = {name: reached[name] - reached["full"] for name in STRATEGIES}
    targets["full"] = reached["full"] - np.array([probed(one) for one in evidence])
    penalty = {name: least_error(design, target) for name, target in targets.items()}
    solved = {name: solve(design, target, penalty[name]) for name, target in targets.items()}
    missed = {name: left_out(design, target, penalty[name]) for name, target in targets.items()}
    explained = np.mean([sampling(truth["full"], one) for one, truth in cases])
    spread = {}
    for name in STRATEGIES:
        error = missed["full"] + (0 if name == "full" else missed[name])
        spread[name] = math.sqrt(max(float((error**2).mean() - explained), LEAST_SPREAD**2))
    return Model(
        cases=len(cases),
        centre=centre,
        scale=scale,
        lowest=standard.min(axis=0),
        highest=standard.max(axis=0),
        ranges={name: extremes([getattr(one, name) for one in evidence]) for name in ("steps", "size", "shots")},
        coefficients={name: solved["full"] + (0 if name == "full" else solved[name]) for name in STRATEGIES},
        uncertain=np.linalg.inv(design.T @ design + ridge(design, penalty["full"])),
        spread=spread,
        margin=margin,
    )


def extremes(values: Sequence[float]) -> tuple[float, float]:
    """The lowest and the highest."""
    return min(values), max(values)


@cache
def _known() -> dict[str, Any]:
    return json.loads(FITTED.read_text(encoding="utf-8"))


def past_cases() -> list[tuple[float, float, str]]:
    """Of each case of the fit: images per class, validation accuracy of the frozen net, the best strategy."""
    return [(shots, freeze, best) for shots, freeze, best in _known()["past"]]


def fitted() -> Model:
    """The model that comes with the package."""
    known = {name: value for name, value in _known().items() if name != "past"}
    arrays = {name: np.array(value) if isinstance(value, list) else value for name, value in known.items()}
    coefficients = {name: np.array(values) for name, values in known["coefficients"].items()}
    return Model(**arrays | {"coefficients": coefficients})
