"""`--where 'strategy=freeze and data.shots<=20'`: which runs are meant."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import yaml

from artesano.compare.runs import Run, gather
from artesano.config.former_names import KINDS
from artesano.errors import BadInput, nearest

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "!=": operator.ne,
    "=": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
    "~": lambda value, part: str(part).lower() in str(value).lower(),
}
CONDITION = re.compile(r"^\s*([\w./@-]+)\s*(<=|>=|!=|==|=|<|>|~)\s*(.*?)\s*$", re.DOTALL)


def choose(places: Sequence[str], condition: str | None) -> tuple[list[Run], list[str]]:
    """The runs in these places for which the condition holds, and a line for each folder that cannot be read.

    Raises:
        BadInput: there is none, or a place or condition that cannot be understood.
    """
    runs, problems = gather(places)
    chosen = where(runs, condition)
    if not chosen:
        which = f" for which {condition}" if condition else ""
        raise BadInput(*problems, f"{', '.join(places) or 'outputs'}: no run{which}; there are {len(runs)} in all.")
    return chosen, problems


def require_one_kind(runs: Sequence[Run]) -> None:
    """Raise BadInput where metrics cannot be compared."""
    kinds = list(dict.fromkeys(run.kind for run in runs))
    if len(kinds) > 1:
        counts = ", ".join(f"{sum(run.kind == kind for run in runs)} of {kind}" for kind in kinds)
        raise BadInput(
            f"the runs are of several kinds ({counts}), whose metrics cannot be compared; add "
            + " or ".join(f"--where kind={kind}" for kind in kinds)
        )


def where(runs: list[Run], text: str | None) -> list[Run]:
    """The runs for which the text holds.

    Args:
        text: conditions joined by `and` and `or` (`and` binds closer), each `<key><operator><value>` with one of
            = != < <= > >= and ~ (contains). Keys are config keys, choices, metrics, name, status, seed, run, ...

    Raises:
        BadInput: what cannot be read, or a key that no run has.
    """
    if not text:
        return runs
    known = {key for run in runs for key in run.values}
    either = [[condition(part, known) for part in split(some, "and")] for some in split(text, "or")]
    return [run for run in runs if any(all(holds(run) for holds in each) for each in either)]


def split(text: str, word: str) -> list[str]:
    return re.split(rf"\s+{word}\s+", text.strip(), flags=re.IGNORECASE)


def condition(text: str, known: Iterable[str]) -> Callable[[Run], bool]:
    """One `<key><operator><value>`."""
    match = CONDITION.match(text)
    if match is None:
        raise BadInput(f"--where {text}: give <key><operator><value>, with one of {' '.join(OPERATORS)}.")
    key, sign, operand = match.groups()
    if key not in known:
        raise BadInput(f"--where {text}: no run has the key {key}.{nearest(key, known)}")
    if key == "kind":
        operand = KINDS.get(operand, operand)
    wanted = yaml.safe_load(operand) if operand else ""
    compare = OPERATORS[sign.replace("==", "=")]

    def holds(run: Run) -> bool:
        value = run.values.get(key)
        if sign in ("<", "<=", ">", ">="):
            return isinstance(value, int | float) and isinstance(wanted, int | float) and compare(value, wanted)
        if sign != "~" and not isinstance(wanted, str) and isinstance(value, str):
            return compare(value, operand)
        return compare(value, wanted)

    return holds
