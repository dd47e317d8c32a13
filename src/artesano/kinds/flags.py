"""The options of a command: what only some kinds of runs understand is declared by them, collected and checked here."""

from __future__ import annotations

import re
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from artesano.errors import BadInput
from artesano.file_names import expanded
from artesano.kinds import registry
from artesano.kinds.kind import Flag, Kind
from artesano.next_steps import quoted
from artesano.runs.bundle import SUFFIX, bare_weights

PICKLED = (".pth", ".pt", ".bin")


def add_flags(parser: ArgumentParser, command: str) -> None:
    """Add the flags of all kinds, those of the same kinds as one group."""
    groups: dict[str, Any] = {}
    for name, flags in declared(command).items():
        kinds = " or ".join(dict.fromkeys(kind.noun for kind, _ in flags))
        groups.setdefault(kinds, None)
        if groups[kinds] is None:
            groups[kinds] = parser.add_argument_group(f"with {kinds}")
        groups[kinds].add_argument(name, **merged([flag for _, flag in flags]))


def declared(command: str) -> dict[str, list[tuple[Kind, Flag]]]:
    """The flags of a command by name, each with the kinds that understand it."""
    flags: dict[str, list[tuple[Kind, Flag]]] = {}
    for kind in registry.kinds().values():
        for flag in kind.flags.get(command, ()):
            flags.setdefault(flag.name, []).append((kind, flag))
    return flags


def merged(flags: list[Flag]) -> dict[str, Any]:
    """argparse's settings of a flag that several kinds declare: all choices, and what each says of it."""
    settings = dict(flags[0].settings)
    settings["help"] = "; ".join(dict.fromkeys(flag.settings["help"] for flag in flags))
    if "choices" in settings:
        settings["choices"] = list(dict.fromkeys(choice for flag in flags for choice in flag.settings["choices"]))
    return settings


def chosen(command: str, arguments: Namespace) -> tuple[Kind, str | None, list[str]]:
    """The kind that a command line is about, the run, and the words that are left.

    Returns:
        None for the run where a flag such as `--backbone` takes its place.

    Raises:
        BadInput: no run, no such run, or flags that its kind does not understand.
    """
    takes_place = next(((kind, flag) for kind, flag in used(command, arguments) if flag.instead_of_run), None)
    instead = None if takes_place is None else takes_place[0]
    run, words = run_and_inputs(arguments.words, needs_run=instead is None)
    if takes_place is not None and words and is_number_of_run(words[0]):
        raise BadInput(f"{words[0]}: a run, and {takes_place[1].name} stands in its place; leave one of the two out.")
    kind = instead if run is None else run_s_kind(command, run, words)
    assert kind is not None  # run_and_inputs has found a run
    check(kind, command, arguments)
    return kind, run, words


def is_number_of_run(word: str) -> bool:
    """`3`, `gan/3` or `last`, and no file of that name."""
    return re.fullmatch(r"(\w+/)?(\d+|last)", word) is not None and not expanded(word).exists()


def run_s_kind(command: str, run: str, words: Sequence[str]) -> Kind:
    """The kind of the run.

    Raises:
        BadInput: no such run; of a file of weights in its place, the command that takes it.
    """
    try:
        return registry.of_run(run)
    except BadInput as error:
        if "--weights" not in declared(command) or not is_weights(run):
            raise
        rest = " ".join(map(quoted, words)) or "<images>"
        raise BadInput(
            f"{run}: a file of weights, not a bundle or another run; for the generator in it: "
            f"artesano {command} --weights {quoted(run)} {rest}"
        ) from error


def is_weights(name: str) -> bool:
    """A file of weights and no bundle, by its ending and what it says of itself."""
    path = expanded(name)
    if not path.is_file():
        return False
    return path.suffix in PICKLED or (path.suffix == SUFFIX and bare_weights(path))


def run_and_inputs(positional: Sequence[str], needs_run: bool) -> tuple[str | None, list[str]]:
    """`last a.jpg b/` or `run=last input=a.jpg input=b/` -> the run and the rest.

    A file that is really called `run=1.jpg` is taken for the file.

    Raises:
        BadInput: a run is needed and none is named.
    """
    run, rest = None, []
    for word in positional:
        key, _, value = word.partition("=")
        if key in ("run", "input") and value and not Path(word).exists():
            if key == "run":
                run = value
            else:
                rest.append(value)
        else:
            rest.append(word)
    if needs_run and run is None:
        if not rest:
            raise BadInput("a run is required: give a run folder, its number (3, or transfer/3) or 'last'.")
        run = rest.pop(0)
    return run, rest


def used(command: str, arguments: Namespace) -> Iterator[tuple[Kind, Flag]]:
    """The flags that are on the command line, once for each kind that declares them."""
    for flags in declared(command).values():
        for kind, flag in flags:
            if getattr(arguments, flag.destination) not in (None, False):
                yield kind, flag


def check(kind: Kind, command: str, arguments: Namespace) -> None:
    """Raise BadInput for flags and choices of other kinds."""
    own = {flag.name: flag for flag in kind.flags.get(command, ())}
    foreign: dict[str, list[str]] = {}
    problems = []
    for name in dict.fromkeys(flag.name for _, flag in used(command, arguments)):
        if name not in own:
            nouns = " or ".join(other.noun for other, _ in declared(command)[name])
            foreign.setdefault(nouns, []).append(name)
        elif (value := getattr(arguments, own[name].destination)) not in own[name].settings.get("choices", [value]):
            choices = ", ".join(own[name].settings["choices"])
            problems.append(f"{name} {value}: with {kind.noun} give one of {choices}.")
    problems += [f"{', '.join(names)}: for {nouns}; this is {kind.noun}." for nouns, names in foreign.items()]
    if problems:
        raise BadInput(*problems)
