"""The verdict on a GAN's training: on the game, from its probes, and on the samples, from its evaluations.

A game in balance says nothing of the samples: a run whose probes are perfect can draw garbage. So only a run whose
samples were judged can be `healthy`, and one that was never evaluated ends as `game in balance`. Both histories are
kept with the run, and the verdict is a pure function of them: a resumed run gets the verdicts of an uninterrupted one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from artesano.gan.likeness import Evaluation, judge_samples
from artesano.gan.symptoms import CALM, SYMPTOMS, Numbers, not_finite

WARMING, BALANCED, HEALTHY, LEARNING = "warming up", "game in balance", "healthy", "not learned yet"
#: states that are no failures
HARMLESS = (WARMING, BALANCED, HEALTHY, LEARNING)
NOT_JUDGED = "the samples were not judged"
#: for samples that do not come nearer to the data
STUCK = [
    "hacks.separate_batches=true",
    "hacks.output=tanh",
    "hacks.betas=[0.5,0.999]",
    "hacks.upsample=nearest",
    "hacks.lr=0.001",
    "gan=r3gan",
]


class Verdict(NamedTuple):
    """The state of the training, the evidence for it, and overrides that may help."""

    state: str  # one of HARMLESS | stuck | memorising | diverged | mode collapse | discriminator or generator winning
    sentence: str
    advice: list[str]


def judge(
    probes: list[Numbers], patience: int, evaluations: Sequence[Evaluation] = (), not_judged: str = NOT_JUDGED
) -> Verdict:
    """The verdict after the last probe and the last evaluation.

    A symptom of the game comes first, since it says why the samples are what they are.

    Args:
        probes: {name: value} of every probe so far, the names those of `health.NAMES`; `step` is optional.
        patience: probes that a symptom must last; as many at the start are ignored.
        evaluations: of the samples; see `likeness`.
        not_judged: what is said of samples that no evaluation has judged.
    """
    game, samples = judge_game(probes, patience), judge_samples(evaluations)
    if samples is None:
        unknown = game.state in HARMLESS
        return game._replace(sentence=f"{game.sentence}; {not_judged}") if unknown else game
    if game.state not in HARMLESS:
        return game._replace(sentence=f"{game.sentence}; {samples.sentence}")
    both = f"{samples.sentence}; {game.sentence}"
    if samples.state == HEALTHY:
        return Verdict(HEALTHY if game.state == BALANCED else game.state, both, [])
    early = len(probes) < 2 * patience  # nothing has lasted yet
    if samples.state == "stuck" and not early:
        return Verdict("stuck", both, STUCK)
    if samples.state == "diverged":
        return Verdict("diverged", both, CALM)
    return Verdict(LEARNING, both, [])


def judge_game(probes: list[Numbers], patience: int) -> Verdict:
    """The verdict on the dynamics alone: `warming up`, `game in balance`, or a symptom."""
    if probes and (broken := not_finite(probes[-1])):
        return Verdict("diverged", f"{broken} is not finite", CALM)
    judged = probes[patience:]
    if not judged:
        return Verdict(WARMING, f"the game is judged after {patience} probes, of which there are {len(probes)}", [])
    window = judged[-patience:]
    for symptom in SYMPTOMS if len(window) == patience else ():
        if sentence := symptom.evidence(window):
            return Verdict(symptom.state, f"{sentence}, for {patience} probes", symptom.advice)
    return Verdict(BALANCED, _beliefs(probes[-1]), [])


def conclude(
    probes: list[Numbers], patience: int, evaluations: Sequence[Evaluation] = (), not_judged: str = NOT_JUDGED
) -> Verdict:
    """The verdict on a whole run: the state at its end, and the failures that it recovered from."""
    end = judge(probes, patience, evaluations, not_judged)
    troubles: list[tuple[str, int, int]] = []  # state, first and last probe
    for number in range(1, len(probes)):
        until = probes[number - 1].get("step", math.inf)
        state = judge(probes[:number], patience, [one for one in evaluations if one["step"] <= until]).state
        if state in HARMLESS or state == end.state:
            continue
        if troubles and troubles[-1][0] == state and troubles[-1][2] == number - 2:
            troubles[-1] = (state, troubles[-1][1], number - 1)
        else:
            troubles.append((state, number - 1, number - 1))
    earlier = [f"{state} {_when(probes, max(first - patience + 1, 0), last)}" for state, first, last in troubles]
    return end._replace(sentence="; ".join([end.sentence, *(f"earlier {sentence}" for sentence in earlier)]))


def _when(probes: list[Numbers], first: int, last: int) -> str:
    if "step" in probes[first]:
        return f"around steps {probes[first]['step']:.0f}..{probes[last]['step']:.0f}"
    return f"around probes {first + 1}..{last + 1}"


def _beliefs(last: Numbers) -> str:
    sentence = f"diversity {last['diversity']:.2f} of the data's, D right {last['d_accuracy']:.0%}"
    if math.isnan(last["value"]):
        return sentence
    after = last["d_fake_after"]
    return f"{sentence}, D(x) {last['d_real']:.2f}, D(G(z)) {after:.2f}, V {last['value']:.2f} (ideal -1.39)"
