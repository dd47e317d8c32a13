"""Do the samples look like the data? A judgement on the evaluations of a run, in numbers that have no scale.

An evaluation is {name: number}: `step`, `of` (steps of the whole run), `samples` (their number), `fd`, `coverage`, and
where the data have a floor `fd_floor` and `coverage_floor`. A name may be missing, or its number None. Where `fd` is
another distance, `distance` is its name.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

Evaluation = dict[str, Any]

#: Of the floor's coverage. Below it more than half of the real images have no sample that is as near to them as their
#: fifth neighbour among the real ones: whole kinds of images are missing, or none of the samples look right.
SHARE = 0.5
EQUALS = 1 - 2**-5  # coverage of samples distributed as the data, by five neighbours; where no floor was measured
PROGRESS = 0.9  # of the best FD: what falls by less than a tenth in the last half of the steps has stopped
LOOKS = 3  # evaluations in that half, to tell
#: Of the highest FD: a good DCGAN stays between 0.9 and 1 for its first 400 steps, while its average is that of noise.
BEGUN = 0.5


class Likeness(NamedTuple):
    """How far the samples are from the data, and what the run does about it."""

    state: str  # healthy | not learned yet | stuck | diverged
    sentence: str


def judge_samples(evaluations: Sequence[Evaluation]) -> Likeness | None:
    """After the last evaluation; None where no evaluation has measured the coverage."""
    judged = [one for one in evaluations if one.get("coverage") is not None]
    if not judged:
        return None
    last = judged[-1]
    if not math.isfinite(last["coverage"]):
        return Likeness("diverged", "the features of the samples are not finite")
    measured = last.get("coverage_floor")
    floor = measured or EQUALS
    share = last["coverage"] / floor
    reach = f"({floor:.2f})" if measured else f"({floor:.2f} in theory)"
    sentence = f"coverage {last['coverage']:.2f}, {share:.0%} of what real data reach {reach}"
    fd, fd_floor, name = last.get("fd"), last.get("fd_floor"), last.get("distance", "FD")
    if fd is not None and fd_floor is not None and fd_floor > 0:
        sentence += f"; {name} {times(fd / fd_floor)} x the floor"
    if share >= SHARE:
        return Likeness("healthy", sentence)
    trend = falling(evaluations)
    if trend is False and (last["step"] >= (last.get("of") or 0) or has_begun(evaluations)):
        return Likeness("stuck", f"{sentence}; {name} has not fallen by a tenth in the last half of the steps")
    return Likeness("not learned yet", f"{sentence}; still falling" if trend else sentence)


def falling(evaluations: Sequence[Evaluation]) -> bool | None:
    """Has the best FD fallen by a tenth in the last half of the steps so far? None where that cannot be told yet."""
    known = comparable(evaluations)
    if len(known) < 2:
        return None
    late = [one["fd"] for one in known if one["step"] >= known[-1]["step"] / 2]
    begun = len(known) - len(late) + 1  # with the first of them: what the others are to beat
    before, since = min(one["fd"] for one in known[:begun]), min(late[1:], default=math.inf)
    if since <= PROGRESS * before:
        return True
    return False if len(late) >= LOOKS else None


def has_begun(evaluations: Sequence[Evaluation]) -> bool:
    """Has FD ever been half of what it was? Before, only the end of a run shows that it learns nothing."""
    distances = [one["fd"] for one in comparable(evaluations)]
    return any(fd <= BEGUN * max(distances[: place + 1]) for place, fd in enumerate(distances))


def comparable(evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    """Those with an FD of as many samples as the first: FD depends on their number."""
    known = [one for one in evaluations if one.get("fd") is not None and math.isfinite(one["fd"])]
    return [one for one in known if one.get("samples") == known[0].get("samples")]


def times(multiple: float) -> str:
    """`6.8`, `51`."""
    return f"{multiple:.1f}" if multiple < 10 else f"{multiple:,.0f}"
