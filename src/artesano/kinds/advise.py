"""`artesano advise`: of the kinds of runs only classifiers have strategies to choose from."""

from __future__ import annotations

import math
from argparse import Namespace

from artesano.config.overrides import key, normalise
from artesano.errors import BadInput


def command(arguments: Namespace) -> int:
    """Returns the exit code.

    Raises:
        BadInput: an override is about another kind of run, or chooses what is to be advised.
    """
    check(arguments.overrides, arguments.minutes)
    from artesano.kinds.transfer import advise_command

    return advise_command.command(arguments)


def check(overrides: list[str], minutes: float | None) -> None:
    """Raise BadInput where the arguments ask for something else than an advice."""
    problems = []
    for word in normalise(overrides):
        name = key(word)
        if name == "gan" or (name == "task" and word in overrides and word != "task=transfer"):
            problems.append(f"{word}: artesano advise is about classifiers; leave it out.")
        if name.partition(".")[0] == "strategy":
            problems.append(f"{word}: artesano advise chooses the strategy; leave it out.")
        if name == "resume":
            problems.append(f"{word}: a run that goes on has its strategy; leave it out.")
    if minutes is not None and not (math.isfinite(minutes) and minutes > 0):
        problems.append(f"minutes={minutes:g}: give a number above 0.")
    if problems:
        raise BadInput(*problems)
