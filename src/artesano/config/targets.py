"""`_target_`: which classes a config may name, and how they are made from plain values.

A config may come from a stranger's run folder. Hydra's own policy is a list of forbidden names, through which
`torch.load` and `pandas.read_pickle` slip; this one is a list of allowed ones. It builds without Hydra's instantiate,
which would read interpolations in the values once more.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from artesano.config.former_names import current_config, current_target
from artesano.config.hydra_private import hasten
from artesano.errors import BadInput, nearest

CLASSES = ("artesano", "torch.nn", "torch.optim", "timm", "torchmetrics")
# Functions can do anything with their arguments (timm's write files and fetch models), classes of these rooms cannot.
FUNCTIONS = ("torch.nn.functional", "torch.nn.init", "timm.models._factory.create_model")
KEYWORDS = ("_target_", "_partial_", "_args_")


def plugins() -> tuple[str, ...]:
    """Packages that the user trusts: ARTESANO_PLUGINS=mine,theirs."""
    return tuple(name.strip() for name in os.environ.get("ARTESANO_PLUGINS", "").split(",") if name.strip())


def under(path: str, prefixes: tuple[str, ...]) -> bool:
    """True when the dotted path is one of the prefixes or lies below one."""
    return any(path == prefix or path.startswith(f"{prefix}.") for prefix in prefixes)


def resolve(path: Any) -> Callable[..., Any]:
    """The class or function that `_target_: path` names.

    Both the path and the module that defines the object must be allowed: `timm.models.os.system` is a path under
    timm, but an object of another package.

    Raises:
        BadInput: not allowed, or not there.
    """
    allowed = (*CLASSES, *plugins())
    if not isinstance(path, str) or not under(path, allowed):
        raise BadInput(
            f"_target_: {path} is not allowed; only classes of {', '.join(allowed)} "
            "and of packages named in ARTESANO_PLUGINS are."
        )
    target = located(current_target(path))
    home = f"{getattr(target, '__module__', '')}.{getattr(target, '__qualname__', '')}"
    safe = under(home, allowed) if inspect.isclass(target) else under(home, (*FUNCTIONS, *plugins()))
    if not safe or not callable(target):
        raise BadInput(
            f"_target_: {path} is not allowed; it leads to {home}, which is not a class of {path.split('.')[0]}."
        )
    return target


def located(path: str) -> Any:
    """What a dotted path names: modules as far as they go, then attributes."""
    parts = path.split(".")
    try:
        target: Any = importlib.import_module(parts[0])
    except ImportError as error:
        raise BadInput(f"_target_: {path}: the package {parts[0]} cannot be imported ({error}).") from error
    for depth, part in enumerate(parts[1:], start=2):
        try:
            target = (
                getattr(target, part) if hasattr(target, part) else importlib.import_module(".".join(parts[:depth]))
            )
        except ImportError as error:
            raise BadInput(f"_target_: {path} does not exist.{nearest(part, dir(target))}") from error
    return target


def targets(config: Any, key: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every mapping with a `_target_`, outer ones first, with its dotted key."""
    if isinstance(config, dict):
        if "_target_" in config:
            yield key, config
        for name, value in config.items():
            yield from targets(value, f"{key}.{name}" if key else str(name))
    elif isinstance(config, list | tuple):
        for position, value in enumerate(config):
            yield from targets(value, f"{key}.{position}")


def check_targets(config: Any) -> None:
    """Raise BadInput with every `_target_` that is not allowed or not there."""
    problems = []
    for key, node in targets(plain(config)):
        try:
            resolve(node["_target_"])
        except BadInput as error:
            problems += [f"{key}.{problem}".lstrip(".") for problem in error.problems]
    if problems:
        raise BadInput(*problems)


def instantiate(node: Any, **kwargs: Any) -> Any:
    """Build what a node says, inner nodes first; `kwargs` win over the node's values.

    `_partial_: true` gives a `functools.partial`, `_args_` positional arguments. Classes get plain dicts and lists.

    Raises:
        BadInput: a target is not allowed.
    """
    node = plain(node)
    check_targets(node)
    if not isinstance(node, dict) or "_target_" not in node:
        raise BadInput(f"a mapping with _target_ was expected, not {node!r}.")
    return build({**node, **kwargs})


def build(value: Any) -> Any:
    """Values as they are, mappings with a `_target_` as what they name."""
    if isinstance(value, list):
        return [build(item) for item in value]
    if not isinstance(value, dict):
        return value
    arguments = {name: build(item) for name, item in value.items() if name not in KEYWORDS}
    if "_target_" not in value:
        return arguments
    target, positional = resolve(value["_target_"]), build(value.get("_args_", []))
    if value.get("_partial_", False):
        return functools.partial(target, *positional, **arguments)
    return target(*positional, **arguments)


def plain(config: Any) -> Any:
    """Dicts and lists instead of OmegaConf's."""
    return OmegaConf.to_container(config, resolve=True) if isinstance(config, DictConfig | ListConfig) else config


def load_plain(path: str | Path) -> dict[str, Any]:
    """A config file of resolved values, as run folders and bundles hold them; nothing in it is interpolated.

    Raises:
        BadInput: not readable, not a mapping, or it holds `${`, which only an unresolved or a crafted config does.
    """
    hasten()
    try:
        config = OmegaConf.to_container(OmegaConf.load(path), resolve=False)
    except (OSError, UnicodeDecodeError, YAMLError, OmegaConfBaseException) as error:
        raise BadInput(f"{path}: cannot be read as a config ({' '.join(str(error).split())}).") from error
    if not isinstance(config, dict):
        raise BadInput(f"{path}: holds {type(config).__name__}, not keys and values.")
    problems = [
        f"{path}: {key} holds "
        f"'${{'; config.yaml of a run holds resolved values only, so replace the interpolation by its value."
        for key in interpolated(config)
    ]
    if problems:
        raise BadInput(*problems)
    return current_config(config)  # type: ignore[arg-type]


def selected(config: dict[str, Any], key: str) -> Any:
    """The value at a dotted key; None where there is none."""
    value: Any = config
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def interpolated(value: Any, key: str = "") -> Iterator[str]:
    """Dotted keys whose text, or whose own name, holds `${`."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from interpolated(item, f"{key}.{name}".lstrip("."))
            if "${" in str(name):
                yield f"{key}.{name}".lstrip(".")
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from interpolated(item, f"{key}.{position}")
    elif isinstance(value, str) and "${" in value:
        yield key
