"""What a key of a kind of run can use, said by its annotation, and which options of the YAML can be used there.

    data: Annotated[Node, Makes(PairData)]
    generator: Annotated[Node, CalledWith("in_channels", "out_channels")]

A class of the user's own fits by what it is: no list of names is kept anywhere.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from artesano.config import search_path
from artesano.config.schema import hints_of
from artesano.config.targets import resolve
from artesano.errors import BadInput

Target = Callable[..., Any] | None


class Use:
    """A node of the config is used here if its `_target_` is right; None = the node has none."""

    def accepts(self, target: Target) -> bool:
        raise NotImplementedError


@dataclass(frozen=True)
class Makes(Use):
    """It makes a `base`."""

    base: type

    def accepts(self, target: Target) -> bool:
        return inspect.isclass(target) and issubclass(target, self.base)


class CalledWith(Use):
    """It is called with these arguments, whatever class it is."""

    def __init__(self, *names: str):
        self.names = names

    def accepts(self, target: Target) -> bool:
        if target is None:
            return False
        parameters = inspect.signature(target).parameters
        return set(self.names) <= parameters.keys() or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


class Nothing(Use):
    """There is nothing to make."""

    def accepts(self, target: Target) -> bool:
        return target is None


def uses(options: type) -> dict[str, Use]:
    """{key: what it can use} of a config's root."""
    return {
        key: use
        for key, hint in hints_of(options).items()
        for use in getattr(hint, "__metadata__", ())
        if isinstance(use, Use)
    }


def target_of(node: Any) -> Target:
    """What the node names; None where it names nothing.

    Raises:
        BadInput: what it names is not allowed or not there.
    """
    return resolve(node["_target_"]) if isinstance(node, dict) and "_target_" in node else None


def options_that(group: str, fit: Callable[[dict[str, Any]], bool]) -> list[str]:
    """The choices of a group whose YAML, not interpolated, fits."""
    names = {file.stem for root in search_path.roots() for file in (root / group).glob("[!_]*.yaml")}
    return [name for name in sorted(names) if _fits(option(group, name), fit)]


def _fits(node: dict[str, Any], fit: Callable[[dict[str, Any]], bool]) -> bool:
    try:
        return fit(node)
    except BadInput:  # a package that is not here
        return False


@lru_cache(512)  # a grid of jobs asks again and again
def parsed(text: str) -> dict[str, Any]:
    return yaml.safe_load(text) or {}


def option(group: str, name: str) -> dict[str, Any]:
    """The YAML of a choice upon that of the choices of its group that it builds on."""
    text = next(file for root in search_path.roots() if (file := root / group / f"{name}.yaml").is_file()).read_text(
        "utf-8"
    )
    own = dict(parsed(text))
    defaults = own.pop("defaults", [])
    merged: dict[str, Any] = {}
    for part in [*(default for default in defaults if isinstance(default, str)), "_self_"]:
        for key, value in (own if part == "_self_" else option(group, part)).items():
            both = isinstance(value, dict) and isinstance(merged.get(key), dict)
            merged[key] = merged[key] | value if both else value
    return merged
