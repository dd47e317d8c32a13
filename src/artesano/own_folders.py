"""Which folders are ours: what runs, sweeps and commands have written is never somebody's data."""

from __future__ import annotations

import os
from pathlib import Path

CLAIMS = ".numbers"  # in outputs/<task>: the numbers that are taken


def outputs_root() -> Path:
    """`outputs` in the current folder, or the folder that ARTESANO_OUTPUTS names."""
    return Path(os.environ.get("ARTESANO_OUTPUTS", "outputs")).absolute()


def cache_folder(name: str) -> Path:
    """Where downloads, features and statistics are kept: a folder of $ARTESANO_CACHE, else of ~/.cache/artesano."""
    return Path(os.environ.get("ARTESANO_CACHE") or Path.home() / ".cache" / "artesano") / name


def is_ours(folder: str | Path) -> bool:
    """True for a folder of outputs (the present one, or one of another place), a task's folder in it, and a run's."""
    here = os.path.realpath(folder)
    if here == os.path.realpath(outputs_root()):
        return True
    inside = lambda *names: os.path.exists(os.path.join(here, *names))  # noqa: E731
    return (inside("run.json") and inside("config.yaml")) or any(
        inside(*task, CLAIMS) for task in ((), ("transfer",), ("gan",))
    )


def lies_in_ours(path: str | Path, below: str | Path) -> bool:
    """True where one of the folders from `below` (itself left out) down to `path` is ours."""
    folders = Path(os.path.relpath(path, below)).parts[:-1]
    return any(is_ours(Path(below, *folders[: depth + 1])) for depth in range(len(folders)))
