"""All problems of the overrides in one message, whichever pass of validation finds them.

A pass ends with all of its problems. Here the overrides that they are about are taken out, and the others go on to the
next pass: so a misspelt key, a wrong type and a folder that is not there are told together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from artesano.config.compose import Composed, compose
from artesano.config.overrides import key, normalise, value
from artesano.errors import BadInput
from artesano.kinds.registry import experiment_of

Check = Callable[[], object]
REQUIRED = re.compile(r"([\w.]+): required; give ")
NO_OPTION = re.compile(r"([\w@.]+)=.*: no such option;.* Did you mean '([^']+)'")
SUBJECT = re.compile(r"[+~]*([\w@./]+)")  # what a message begins with: the key that it is about
MISFIT = re.compile(r"[\w@.]+=\S+: for ")  # an option that is for another kind of run
OF_PARTS = re.compile(r"[\w@.]+=\S+(, [\w@.]+=\S+)*: (for|needs?) ")  # the cause of others, so told first
UNUSED = re.compile(r"(hacks\.\w+)=.*: not used by .*; leave it at (.+?)(\.| \(it comes from .*)$")
AS_YAML = {"None": "null", "True": "true", "False": "false"}
NOWHERE = "/nowhere"  # stands for a required path, so that the other keys can be checked


def checks_of(composed: Composed) -> Check:
    """The second pass; returns the third one of a run."""
    return experiment_of(composed.resolved, composed.origins, composed.choices).check


@contextmanager
def all_problems(overrides: list[str], passes: Callable[[Composed], Check] = checks_of) -> Iterator[None]:
    """Add to a BadInput of the first or second pass what can be known of the other overrides.

    Args:
        overrides: of the command.
        passes: the second pass, which returns the third one.
    """
    try:
        yield
    except BadInput as error:
        problems = [*error.problems, *further(overrides, error.problems, passes)]
        raise BadInput(*sorted(problems, key=lambda line: not OF_PARTS.match(line))) from error.__cause__


def further(overrides: list[str], problems: list[str], passes: Callable[[Composed], Check] = checks_of) -> list[str]:
    """What is wrong with the overrides that these problems are not about."""
    more: list[str] = []
    latest, changed = problems, set[str]()
    try:
        rest = normalise(overrides)
    except BadInput:
        return more
    seen, last = [rest], False
    while not last and not any(map(MISFIT.match, latest)):
        rest = without(rest, latest, changed)
        if rest in seen:  # a key that one pass requires and another does not know comes and goes
            break
        seen.append(rest)
        try:
            check = passes(compose(rest))
            last = True
            check()
            latest = []
        except BadInput as error:
            latest = error.problems
        more += [line for line in latest if line not in (*problems, *more) and not mentions(line, changed)]
    return more


def without(overrides: list[str], problems: list[str], changed: set[str]) -> list[str]:
    """The overrides that no problem is about; a misspelt option is replaced by the one that was meant.

    Args:
        changed: gains the keys whose values are not the user's own any more.
    """
    rest = list(overrides)
    for line in problems:
        if (option := NO_OPTION.match(line)) is not None:
            rest = [f"{option[1]}={option[2]}" if key(word) == option[1] else word for word in rest]
        elif (required := REQUIRED.match(line)) is not None:
            changed.add(required[1])
            rest = [*(word for word in rest if key(word) != required[1]), f"{required[1]}={NOWHERE}"]
        elif (unused := UNUSED.match(line)) is not None:  # perhaps of a preset, which stays
            off = AS_YAML.get(unused[2], unused[2])
            rest = [*(word for word in rest if key(word) != unused[1]), f"{unused[1]}={off}"]
        elif (subject := SUBJECT.match(line)) is not None:
            faulty = [word for word in rest if is_about(subject[1], word)]
            changed.update(map(key, faulty))
            rest = [word for word in rest if word not in faulty]
    return rest


def is_about(subject: str, override: str) -> bool:
    """Is a message on this key about the override? That of `optimizer` is about `optimizer.lr=-1` too."""
    name = key(override)
    inside = subject.startswith(f"{name}.") and value(override).startswith("{")
    return inside or subject == name or name.startswith(f"{subject}.")


def mentions(line: str, keys: Iterable[str]) -> bool:
    """A problem that names a key whose value is no longer the user's own may come of that."""
    return any(re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", line) for name in keys)
