"""How the arms of a doctor ended, and which is the best: healed ones first, then by distance from the data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artesano.kinds.registry import of_record

HEALED = ("healthy", "game in balance")  # the better first
FAILED = "failed"  # no verdict: the run ended by something else


@dataclass(frozen=True)
class Outcome:
    """The end of a run.

    Attributes:
        verdict: on its training.
        distance: of its last samples from the data, the lower the better; None where they were not measured.
        named: what kind of distance that is.
        coverage: of the data by the samples, in [0, 1].
        sentence: the evidence for the verdict.
    """

    verdict: str
    distance: float | None = None
    coverage: float | None = None
    named: str = "FD"
    sentence: str = ""

    @property
    def healed(self) -> bool:
        """True where the verdict is no failure and the samples have learned."""
        return self.verdict in HEALED

    @property
    def rank(self) -> tuple[int, float]:
        """The lower the better. How an arm is ill says little: one that is stuck near the data beats one far away."""
        place = HEALED.index(self.verdict) if self.healed else len(HEALED) + (self.verdict == FAILED)
        return place, math.inf if self.distance is None or not math.isfinite(self.distance) else self.distance

    def lower_than(self, other: Outcome) -> float | None:
        """By which share its distance is below that of the other: 0.25 = a quarter; None where one has none."""
        if self.distance is None or not other.distance:
            return None
        return 1 - self.distance / other.distance


def outcome_of(folder: Path, record: dict[str, Any]) -> Outcome:
    """Of a run that has ended: of a finished one by its record, of another by what its folder tells."""
    if record["status"] != "finished":
        illness = of_record(record).illness(folder, record)
        return Outcome(illness.state if illness.ill else FAILED, sentence=(record["error"] or {}).get("message", ""))
    health = record.get("health", {})
    last = (health.get("evaluations") or [{}])[-1]  # records of earlier versions have none
    sentence = health.get("sentence", "")
    return Outcome(
        health.get("verdict", FAILED), last.get("fd"), last.get("coverage"), last.get("distance", "FD"), sentence
    )


def ranked(outcomes: Sequence[Outcome]) -> list[int]:
    """Their places, the best first; of equals the earlier."""
    return sorted(range(len(outcomes)), key=lambda place: outcomes[place].rank)
