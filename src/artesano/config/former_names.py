"""Former names that run folders, bundles, YAML and commands of users may still hold, and the present ones."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from typing import Any

logger = logging.getLogger("artesano")

TARGETS = {
    "artesano.experiment.extractors.Evaluation": "artesano.evaluation.extractors.Evaluation",
    "artesano.experiment.pair_evaluation.PairEvaluation": "artesano.evaluation.pair_evaluation.PairEvaluation",
    "artesano.gan.games.Rules": "artesano.gan.image_to_image.ImageToImageOptions",
    "artesano.gan.view.View": "artesano.gan.discriminator_input.DiscriminatorInput",
    "artesano.transfer.strategies.Adapter": "artesano.transfer.added_weights.Adapter",
    "artesano.transfer.strategies.Lora": "artesano.transfer.added_weights.Lora",
}
KINDS = {"image": "image_gan"}
#: groups of options, which are also the first part of their keys
GROUPS = {"game": "image_to_image", "view": "discriminator_input"}
#: keys by their full name
KEYS = {"data.target": "data.style"}
DIRECTIONS = {"forth": "a2b", "back": "b2a"}


def current_target(path: str) -> str:
    """The present path of a `_target_`."""
    return TARGETS.get(path, path)


def current_key(key: str) -> str:
    """`game.kind` -> `image_to_image.kind`."""
    group, dot, rest = key.partition(".")
    return KEYS.get(key, f"{GROUPS.get(group, group)}{dot}{rest}")


def current_override(override: str, warn: bool = True) -> str:
    """`game.kind=translation` -> `image_to_image.kind=translation`, with a warning; `+` and `~` in front are kept."""
    name, equals, value = override.partition("=")
    key = name.lstrip("+~")
    current = current_key(key)
    if current != key and warn:
        warn_of(key, current)
    return f"{name[: len(name) - len(key)]}{current}{equals}{value}"


def current_config(config: dict[str, Any]) -> dict[str, Any]:
    """A run folder's or bundle's config by the present names of its groups and keys."""
    return {GROUPS.get(key, key): current_options(key, value) for key, value in config.items()}


def current_options(group: str, options: Any) -> Any:
    """The options of a group by their present names; what is no mapping, as it is."""
    if not isinstance(options, dict):
        return options
    return {current_key(f"{group}.{key}").partition(".")[2]: value for key, value in options.items()}


def current_record(record: dict[str, Any]) -> dict[str, Any]:
    """A run's record by the present names of its keys, choices and overrides; fields that are not there stay away."""
    rename: dict[str, Callable[[Any], Any]] = {
        "choices": current_config,
        "config": lambda config: {current_key(key): value for key, value in config.items()},
        "model": current_config,
        "overrides": lambda overrides: [current_override(override, warn=False) for override in overrides],
        "health": current_health,
    }
    wanted = {"overrides": list}
    present = {name for name in rename if isinstance(record.get(name), wanted.get(name, dict))}
    return record | {name: rename[name](record[name]) for name in present}


def current_health(health: dict[str, Any]) -> dict[str, Any]:
    """A verdict from before the samples were judged: what it called healthy is a game in balance."""
    former = health.get("verdict") == "healthy" and "evaluations" not in health
    return health | {"verdict": "game in balance"} if former else health


def current_direction(text: str) -> str:
    """The value of `--direction`, in lower case: `a2b` or `b2a`."""
    name = text.lower()
    if name in DIRECTIONS:
        warn_of(f"--direction {name}", f"--direction {DIRECTIONS[name].upper()}")
    return DIRECTIONS.get(name, name)


def hint(text: str) -> str:
    """What to add to an error that names a group of an earlier version; nothing for others."""
    return "".join(f" ('{old}' is now called '{new}')" for old, new in GROUPS.items() if f"'{old}'" in text)


@cache
def warn_of(former: str, current: str) -> None:
    """Log once that a name has changed."""
    logger.warning("%s is now called %s; the former name is still accepted", former, current)
