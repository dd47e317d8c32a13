"""`last` and run numbers in a config are replaced by folders, before the new run becomes `last`."""

from __future__ import annotations

from typing import Any

from artesano.config.overrides import RUN_KEYS, RUN_VALUES, key, value
from artesano.errors import BadInput
from artesano.file_names import expanded
from artesano.runs.bundle import SUFFIX
from artesano.runs.find import find_run


def pin_config(config: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """The resolved config with every other run that it names as an absolute path.

    Raises:
        BadInput: there is no such run.
    """
    pinned = {}
    for name, item in config.items():
        inner = f"{prefix}{name}"
        pinned[name] = pin_config(item, f"{inner}.") if isinstance(item, dict) else pin(inner, item)
    return pinned


def pin_overrides(overrides: list[str]) -> list[str]:
    """The same for overrides: those of a grid, whose first job becomes the last run."""
    return [f"{word.partition('=')[0]}={pin(key(word), value(word))}" if "=" in word else word for word in overrides]


def pin(name: str, item: Any) -> Any:
    """A value of the key `name`; the absolute path of a bundle or run folder where it names a run."""
    prefix = RUN_VALUES[1] if name == RUN_VALUES[0] else ""
    if not isinstance(item, str) or not item.startswith(prefix):
        return item
    run = item.removeprefix(prefix)
    if not (prefix or (name in RUN_KEYS and name != "resume")) or run in ("", "null"):
        return item
    path = expanded(run)
    if path.suffix == SUFFIX and path.is_file():
        return f"{prefix}{path.absolute()}"
    try:
        return f"{prefix}{find_run(run)}"
    except BadInput as error:
        raise BadInput(*(f"{name}={item}: {problem}" for problem in error.problems)) from None
