"""What the doctor tries: a branch for each remedy that may change in mid-run, and one in which nothing is changed."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from artesano.config.overrides import key
from artesano.config.targets import check_targets
from artesano.doctor.own_changes import taken_back
from artesano.errors import BadInput
from artesano.experiment.may_change import ANEW, changed, recorded, with_words
from artesano.kinds.kind import Illness
from artesano.kinds.registry import experiment_of
from artesano.next_steps import quoted, shortest
from artesano.runs.folder import slug
from artesano.runs.kept import HOW, kept_states, state_at


@dataclass(frozen=True)
class Arm:
    """One thing that is tried.

    Attributes:
        words: the overrides that are changed; none = do nothing.
        at: the step that it begins from; 0 = a new run.
        end: its last step.
        command: of `artesano`, without that word.
    """

    words: tuple[str, ...]
    at: int
    end: int
    command: tuple[str, ...]

    @property
    def title(self) -> str:
        return " ".join(self.words) or "nothing"

    @property
    def folder(self) -> str:
        """The name of its run's folder, the same for the same arm; another once the run has been made longer."""
        return f"{self.at:06d}-{self.end:06d}-{slug(self.title)}"

    @property
    def line(self) -> str:
        """The command to copy."""
        return shlex.join(["artesano", *map(shortest, self.command)])


@dataclass(frozen=True)
class Plan:
    """The arms in the order in which they run, doing nothing first, and why other remedies are not among them.

    Attributes:
        at: the step of the branches; None = there are none.
    """

    at: int | None
    arms: list[Arm]
    left_out: dict[str, str] = field(default_factory=dict)


def plan(folder: Path, known: dict[str, Any], illness: Illness, at: int | None, restart: bool) -> Plan:
    """The plan for a run: its own changes taken back, then the advice of its verdict.

    Args:
        at: the step to go back to; None = the last one with a checkpoint before the first sign.
        restart: each remedy is also tried in a new run from step 0, and so is the same run with another seed.

    Raises:
        BadInput: no checkpoint of the step, or none before the first sign and no restart; nothing to try; a restart of
            a branch.
    """
    if restart and (origin := known.get("branch_of")):
        raise BadInput(
            f"--restart: {folder} is a branch, which no new run repeats; for the run that it left: artesano doctor "
            f"{quoted(origin['run'])} --restart"
        )
    at = step_before(folder, illness, restart) if at is None else at
    arms, left_out = [], dict[str, str]()
    if at is not None:
        state_at(folder, at)
        arms.append(Arm((), at, known["steps"], ("branch", str(folder), "--at", str(at))))
    ways: list[Callable[[list[str]], Arm]] = [] if at is None else [partial(branched, folder, known, at)]
    ways += [partial(restarted, known)] if restart else []
    for words in remedies(known, illness):
        title = " ".join(words)
        for way in ways:
            try:
                arms.append(way(words))
            except BadInput as error:
                left_out[title] = reason(error, words)
        if any(arm.title == title for arm in arms):
            left_out.pop(title, None)
    if restart:
        arms.append(restarted(known, [f"seed={known['seed'] + 1}"]))  # was it bad luck?
    if not any(arm.words for arm in arms):
        raise BadInput(f"{folder}: nothing to try.", *(f"{word}: {why}" for word, why in left_out.items()))
    return Plan(at, arms, left_out)


def remedies(known: Mapping[str, Any], illness: Illness) -> list[list[str]]:
    """Overrides to try together: each change of the run taken back; all keys that it set, and its options as well; then
    each word of the advice."""
    own = taken_back(known)
    keys = [word for word in own if key(word) not in known["choices"]]
    together = [words for words in (keys, own) if len(words) > 1]
    advice = [word for word in illness.advice if word not in own]
    return [*([word] for word in own), *(together if keys != own else together[:1]), *([word] for word in advice)]


def step_before(folder: Path, illness: Illness, restart: bool) -> int | None:
    """The last step with a checkpoint before the first sign; None where there is none and new runs are allowed."""
    states = list(kept_states(folder))
    before = [step for step in states if step < illness.first_sign]
    if before or restart:
        return before[-1] if before else None
    seen = f"{folder}: {illness.state} was first seen at step {illness.first_sign}, and no checkpoint is from before"
    anew = "--restart tries each remedy in a new run from step 0"
    if states:
        raise BadInput(
            f"{seen} (there are: {', '.join(map(str, states))}). {anew}; --at {states[0]} goes on from there."
        )
    raise BadInput(f"{seen}. A run keeps some with {HOW}; {anew}.")


def branched(folder: Path, known: Mapping[str, Any], at: int, words: list[str]) -> Arm:
    """The remedy from step `at` on.

    Raises:
        BadInput: it cannot change in mid-run, or this GAN does not take it.
    """
    change = changed(folder, known, words)
    check(change.config, change.origins, change.choices)
    return Arm(tuple(words), at, known["steps"], ("branch", str(folder), "--at", str(at), *words))


def restarted(known: Mapping[str, Any], words: list[str]) -> Arm:
    """The remedy in a new run.

    Raises:
        BadInput: this GAN does not take it.
    """
    composed = with_words(recorded(known, words[0]), words)
    check(composed.resolved, composed.origins, composed.choices)
    others = [one for one in composed.overrides if key(one) not in map(key, words)]
    return Arm(tuple(words), 0, known["steps"], ("train", *others, *words))


def check(config: dict[str, Any], origins: dict[str, str], choices: dict[str, str]) -> None:
    """All that a run checks before it begins."""
    check_targets(config)
    experiment_of(config, origins, choices).check()


def reason(error: BadInput, words: list[str]) -> str:
    """The first problem in a few words."""
    first = error.problems[0].removeprefix(f"{words[0]}: ")
    if ANEW in first:
        return f"{first.partition(ANEW)[0]}{ANEW}; --restart tries it in a new run"
    return first
