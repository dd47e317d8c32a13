"""When the trouble of a run could first be seen: `artesano doctor` goes back to before it."""

from __future__ import annotations

from collections.abc import Sequence

from artesano.gan.likeness import PROGRESS, Evaluation, comparable
from artesano.gan.symptoms import Numbers
from artesano.gan.verdict import LEARNING, judge


def first_sign(state: str, probes: list[Numbers], patience: int, evaluations: Sequence[Evaluation]) -> int:
    """The step at which a run that ends with the verdict `state` first showed it.

    Of a symptom of the game it is the first probe of the first window that has it; of samples that are stuck the first
    evaluation that was nearly as good as the best; of samples that have not learned yet the first evaluation.

    Args:
        probes, patience, evaluations: as `judge` takes them, each with its `step`.
    """
    if state == LEARNING and evaluations:
        return int(evaluations[0]["step"])
    if state == "stuck" and (known := comparable(evaluations)):
        good = min(one["fd"] for one in known) / PROGRESS
        return int(next(one["step"] for one in known if one["fd"] <= good))
    for count, probe in enumerate(probes, start=1):
        so_far = [one for one in evaluations if one["step"] <= probe["step"]]
        if judge(probes[:count], patience, so_far).state == state:
            return int(probes[max(count - patience, 0)]["step"])
    return int(probes[-1]["step"]) if probes else 0
