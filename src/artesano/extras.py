"""Packages that only some commands need: the extras of pyproject.toml, and the message where one is missing."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from artesano.errors import BadInput


def require(extra: str, purpose: str, *modules: str) -> None:
    """Check that packages of an extra are installed, without importing them.

    Args:
        extra: its name in pyproject.toml.
        purpose: the command, key or option that needs the packages; begins the message.
        modules: their names in an import.

    Raises:
        BadInput: at least one of them is not installed.
    """
    missing = [module for module in modules if not is_installed(module)]
    if missing:
        raise BadInput(f"{purpose} needs {' and '.join(missing)}: pip install 'artesano[{extra}]'")


def folders(extra: str, purpose: str, package: str) -> list[Path]:
    """Where a package of data lies; it is not imported, which can take a second.

    Raises:
        BadInput: it is not installed.
    """
    require(extra, purpose, package)
    spec = importlib.util.find_spec(package)
    return [Path(folder) for folder in (spec and spec.submodule_search_locations) or []]


def is_installed(module: str) -> bool:
    """True for a module that can be imported; parts of a package that is missing are missing too."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
