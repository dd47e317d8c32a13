"""When a classifier says `unknown` instead of a class: below a probability, or below an energy score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from artesano.errors import BadInput
from artesano.kinds.transfer.calibration import Calibration, answered, energy, softmax


@dataclass(frozen=True)
class Refusal:
    """Images are refused whose score is below the threshold.

    Attributes:
        score: `probability`, the best calibrated one, or `energy`; see `artesano.kinds.transfer.calibration.energy`.
        reason: where the threshold comes from, for people.
    """

    score: Literal["probability", "energy"]
    threshold: float
    calibration: Calibration
    reason: str

    def __call__(self, logits: Tensor) -> Tensor:
        """Logits [N, K] -> bool [N], True where the image is refused."""
        if self.score == "energy":
            return energy(logits, self.calibration.temperature) < self.threshold
        return softmax(logits, self.calibration).amax(1) < self.threshold


def refusal(
    calibration: Calibration | None,
    reject: float | None = None,
    coverage: float | None = None,
    accuracy: float | None = None,
) -> Refusal | None:
    """At most one of the three, each in (0, 1]; none = no image is refused.

    Args:
        reject: the lowest best probability.
        coverage: the share of val that is still answered, by the energy score.
        accuracy: of the answers on val, by the best probability.

    Raises:
        BadInput: more than one of them, a value out of range, a run without calibration, an accuracy that no threshold
            reaches.
    """
    wanted = {"reject": reject, "coverage": coverage, "accuracy": accuracy}
    named = {name: value for name, value in wanted.items() if value is not None}
    if not named:
        return None
    if len(named) > 1:
        raise BadInput(f"{' and '.join(f'--{name}' for name in named)}: each sets the threshold; give one of them.")
    ((name, value),) = named.items()
    if not 0 < value <= 1:
        raise BadInput(f"--{name} {value:g}: a number above 0, at most 1.")
    if calibration is None:
        raise BadInput(
            f"--{name}: there is no calibration, which a run measures on val at its end; an older run gets one by "
            "artesano rerun <run>, a backbone by training."
        )
    if name == "reject":
        return Refusal("probability", value, calibration, f"probability below {value:g}")
    if name == "coverage":
        return of_coverage(calibration, value)
    return of_accuracy(calibration, value)


def of_coverage(calibration: Calibration, share: float) -> Refusal:
    """At least this share of val is answered."""
    place = next(place for place, kept in enumerate(calibration.coverage) if kept >= share - 1e-9)
    lowest, kept = calibration.energy[place], calibration.coverage[place]
    return Refusal("energy", lowest, calibration, f"energy score below {lowest:.4g}, which {kept:.0%} of val reach")


def of_accuracy(calibration: Calibration, accuracy: float) -> Refusal:
    """As many images of val are answered as can be at this accuracy."""
    enough = [place for place, reached in enumerate(calibration.accuracy) if reached >= accuracy - 1e-9]
    if not enough:
        best = max(calibration.accuracy)
        share = calibration.coverage[calibration.accuracy.index(best)]
        raise BadInput(
            f"--accuracy {accuracy:g}: no threshold reaches it on the {calibration.images:,} images of val; "
            f"{best:.4f} is the highest, where {share:.0%} of them are answered."
        )
    lowest, kept = calibration.probability[enough[-1]], calibration.coverage[enough[-1]]
    count, right = answered(kept, calibration.images), calibration.accuracy[enough[-1]]
    reason = f"probability below {lowest:.4g}, which {count:,} of {calibration.images:,} images of val reach"
    reason += f" ({right:.4f} of them right)"
    return Refusal("probability", lowest, calibration, reason)
