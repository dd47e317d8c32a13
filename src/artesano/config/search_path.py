"""Where the YAML lies and how Hydra is opened on it: the user's own ./configs first, then ours. Imports no torch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from hydra import initialize_config_dir
from hydra.core.config_loader import ConfigLoader
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.global_hydra import GlobalHydra
from hydra.core.object_type import ObjectType
from hydra.core.plugins import Plugins
from hydra.plugins.search_path_plugin import SearchPathPlugin

import artesano
from artesano.config.hydra_private import hasten


@cache
def shipped() -> Path:
    """Our configs: inside the package in a wheel, beside `src` in a checkout (editable installs copy nothing)."""
    package = Path(artesano.__file__).resolve().parent
    in_wheel = package / "configs"
    return in_wheel if (in_wheel / "train.yaml").is_file() else package.parents[1] / "configs"


def own() -> Path | None:
    """The user's ./configs; None when there is none, or when it is ours."""
    folder = Path.cwd() / "configs"
    return folder if folder.is_dir() and folder.resolve() != shipped() else None


def roots() -> list[Path]:
    """The folders that hold YAML, the user's own first."""
    return [root for root in (own(), shipped()) if root is not None]


def first_file(name: str) -> Path:
    """The file of that name that Hydra would take."""
    return next(root / name for root in roots() if (root / name).is_file())


def state() -> tuple[tuple[str, int, int], ...]:
    """Names, times and sizes of all YAML: what was composed holds as long as this stays the same."""
    files = [file for root in (own(), shipped()) if root for file in sorted(root.rglob("*.yaml"))]
    return tuple((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files)


class OwnConfigsFirst(SearchPathPlugin):
    """Lets the user's ./configs add options and replace ours by the same name."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        if folder := own():
            search_path.prepend("own", f"file://{folder}")


@contextmanager
def opened() -> Iterator[ConfigLoader]:
    """Hydra on the search path; inside, `hydra.compose` works."""
    hasten()
    Plugins.instance().register(OwnConfigsFirst)
    with initialize_config_dir(str(shipped()), job_name="artesano", version_base="1.3"):
        yield GlobalHydra.instance().config_loader()


def options(loader: ConfigLoader, group: str) -> list[str]:
    """The choices of a group; names that begin with `_` are parts of others. Empty when there is no such group."""
    if group.startswith("hydra/"):
        names = loader.get_group_options(group, results_filter=ObjectType.CONFIG)
    else:  # of our groups Hydra would say the same, in 10 ms each
        names = sorted({file.stem for root in roots() for file in (root / group).glob("*.yaml")})
    return [name for name in names if not name.startswith("_")]
