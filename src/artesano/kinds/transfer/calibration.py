"""How far a run can be trusted, as measured on `val`: a temperature, and thresholds for refusing images."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from torch import Tensor

from artesano.metrics.calibration import fit_temperature
from artesano.metrics.classification import classification_metrics
from artesano.metrics.selective import aurc, risk_coverage

# the shares of val whose thresholds are kept: finer where most images are answered
COVERAGES = tuple(round(share / 100, 2) for share in (*range(5, 90, 5), *range(90, 101)))


@dataclass(frozen=True)
class Calibration:
    """Logits -> probabilities, and the scores below which an image is refused.

    Attributes:
        temperature: logits are divided by it before softmax.
        images: of val, on which all of it was measured.
        coverage: [M] in rising order, shares of these images.
        probability: [M], the lowest best probability of an image that is answered where this share is.
        accuracy: [M], that of these answers.
        energy: [M], the lowest energy score where the images of the highest scores are answered instead.
    """

    temperature: float
    images: int
    coverage: tuple[float, ...]
    probability: tuple[float, ...]
    accuracy: tuple[float, ...]
    energy: tuple[float, ...]

    @classmethod
    def fitted(cls, logits: Tensor, labels: Tensor) -> Calibration | None:
        """Of the logits [N, K] and labels [N] of val; None where there are none, or where a logit is not finite."""
        if len(labels) == 0 or not logits.isfinite().all():
            return None
        temperature = fit_temperature(logits, labels)
        right = (logits.argmax(1) == labels).numpy()
        scaled = logits.double() / temperature
        by_probability = risk_coverage(scaled.softmax(1).amax(1).numpy(), right)
        by_energy = risk_coverage(energy(logits, temperature).numpy(), right)
        last = np.array([answered(share, len(labels)) for share in COVERAGES]) - 1
        columns = by_probability.threshold, 1 - by_probability.risk, by_energy.threshold
        return cls(temperature, len(labels), COVERAGES, *(tuple(column[last].tolist()) for column in columns))

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Calibration:
        """The inverse of `to_dict`."""
        plain: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
        }
        return cls(**plain)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for the run's record."""
        return asdict(self)

    def metrics(self, logits: Tensor, labels: Tensor) -> dict[str, float]:
        """Of a split: ece_calibrated and nll_calibrated, and aurc of the best calibrated probability."""
        scaled = logits.double() / self.temperature
        calibrated = classification_metrics(scaled, labels)
        best, answer = scaled.softmax(1).max(1)
        return {
            "ece_calibrated": calibrated["ece"],
            "nll_calibrated": calibrated["nll"],
            "aurc": aurc(best.numpy(), (answer == labels).numpy()),
        }


def answered(share: float, images: int) -> int:
    """How many of the images a coverage is; a fraction of an image counts as one."""
    return math.ceil(share * images - 1e-9)


def softmax(logits: Tensor, calibration: Calibration | None) -> Tensor:
    """Probabilities float64 [N, K]: calibrated, or the network's own where the run has no calibration."""
    return (logits.double() / (calibration.temperature if calibration else 1.0)).softmax(1)


def energy(logits: Tensor, temperature: float) -> Tensor:
    """float64 [N]: T * logsumexp(logits / T), the negative energy of Liu et al. 2020 (arXiv 2010.03759, equation 4).

    High for images like those of training. Unlike the best probability it knows how large the logits are: an image of
    something else often has small logits for all classes, of which one may still be much larger than the others.
    """
    return temperature * (logits.double() / temperature).logsumexp(1)
