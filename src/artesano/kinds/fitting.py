"""Does every part of a config fit the kind of run that is to use it? What fits where stands in the kinds' options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from artesano.config.uses import Use, options_that, target_of, uses
from artesano.errors import BadInput
from artesano.kinds.kind import Kind


def misfits(kind: Kind, others: Mapping[str, Kind], config: Mapping[str, Any], choices: Mapping[str, str]) -> list[str]:
    """A line for each key whose part belongs to another kind of run.

    Args:
        others: all kinds, by name.
        config: composed or resolved.
        choices: the option chosen in each group, where they are known.
    """
    problems = []
    for key, use in uses(kind.options).items():
        if not isinstance(node := config.get(key), dict):  # reported with the types, like a class that is not there
            continue
        try:
            target = target_of(node)
        except BadInput:
            continue
        if use.accepts(target):
            continue
        owners = " or ".join(other.noun for other in others.values() if fits(other, key, target))
        here = options_that(key, lambda node, use=use: use.accepts(target_of(node)))  # type: ignore[misc]
        problems.append(
            f"{chosen(key, target, choices)}: for {owners or 'no kind of run'}; "
            f"{who(kind, config)} takes {key}={', '.join(here)}."
        )
    return problems


def fits(kind: Kind, key: str, target: Any) -> bool:
    """True where a kind of run has this key and can use the target there."""
    use: Use | None = uses(kind.options).get(key)
    return use is not None and use.accepts(target)


def chosen(key: str, target: Any, choices: Mapping[str, str]) -> str:
    """`data=folder`, or the class where the choice is not known: of a run, only the config is kept."""
    return f"{key}={choices[key]}" if key in choices else f"{key}: {getattr(target, '__name__', 'nothing')}"


def who(kind: Kind, config: Mapping[str, Any]) -> str:
    """`gan=srgan`, or `task=transfer`."""
    gan = config.get("gan")
    return f"gan={gan['name']}" if isinstance(gan, dict) and "name" in gan else f"task={kind.task}"
