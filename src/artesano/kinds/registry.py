"""The kinds of runs there are: ours, and those of the packages that ARTESANO_PLUGINS names. Imports no torch.

A package adds kinds by a mapping in its `__init__.py`: `KINDS = {"autoencoder": "mine.autoencoder.Autoencoder"}`.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from artesano.config.options import RunOptions
from artesano.config.schema import check_types
from artesano.config.targets import check_targets, load_plain, plugins
from artesano.errors import BadInput, nearest
from artesano.kinds.fitting import misfits
from artesano.kinds.kind import Experiment, Kind
from artesano.next_steps import quoted
from artesano.runs import record as records
from artesano.runs.bundle import is_bundle
from artesano.runs.find import find_run

KINDS = {
    "transfer": "artesano.kinds.transfer.kind.Transfer",
    "gan": "artesano.kinds.gan.kind.Gan",
    "image_gan": "artesano.kinds.image_gan.kind.ImageGan",
    "points": "artesano.kinds.points.kind.Points",
}


def kinds() -> dict[str, Kind]:
    """All kinds by name, ours first. A package that is not here has none: what does not need it goes on without."""
    paths = dict(KINDS)
    for package in plugins():
        paths |= declared_by(package)[0]
    return {name: instance(path) for name, path in paths.items()}


def declared_by(package: str) -> tuple[dict[str, str], str | None]:
    """The kinds of a package of ARTESANO_PLUGINS, and why it cannot be imported.

    Raises:
        BadInput: the package is here, and its import fails.
    """
    try:
        return getattr(importlib.import_module(package), "KINDS", {}), None
    except ImportError as error:
        reason = f"ARTESANO_PLUGINS: the package {package} cannot be imported ({error})."
        if isinstance(error, ModuleNotFoundError) and error.name == package.partition(".")[0]:
            return {}, reason
        raise BadInput(reason) from error


@functools.cache
def instance(path: str) -> Kind:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)()


def experiment_of(
    config: dict[str, Any], origins: Mapping[str, str] | None = None, choices: Mapping[str, str] | None = None
) -> Experiment:
    """The experiment of a composed or resolved config.

    Args:
        origins: {key: the key that it interpolates}, for messages.
        choices: the option chosen in each group, for messages.

    Raises:
        BadInput: no kind has this `task`, all that is wrong with keys and types, or parts that do not fit together.
    """
    return of_config(config).experiment(options_of(config, origins, choices))


def options_of(
    config: dict[str, Any], origins: Mapping[str, str] | None = None, choices: Mapping[str, str] | None = None
) -> RunOptions:
    """The config as an object whose keys, types and parts are checked; arguments and errors as of `experiment_of`."""
    kind = of_config(config)
    problems = misfits(kind, kinds(), config, choices or {})
    try:
        options = check_types(config, kind.options, origins)
    except BadInput as error:
        raise BadInput(*problems, *error.problems) from error.__cause__
    if problems:
        raise BadInput(*problems)
    if problems := list(options.unmet(choices or {})):
        raise BadInput(*problems)
    return options


def of_config(config: dict[str, Any]) -> Kind:
    """The kind of a composed or resolved config.

    Raises:
        BadInput: no kind has this `task`.
    """
    return _claiming(records.flat(config))


def of_record(record: dict[str, Any]) -> Kind:
    """The kind of a run, by its record; also of one that never had a network.

    Raises:
        BadInput: a kind whose package is not here.
    """
    if record.get("kind") in kinds():
        return kinds()[record["kind"]]
    return _claiming({**record["config"], "task": record["task"]})  # of a run from before records named their kind


def of_run(run: str | Path) -> Kind:
    """The kind of a run folder, number, `last` or bundle.

    Raises:
        BadInput: no such run.
    """
    return of_record(records.read(find_run(run)))


def open_run(run: str | Path, name: str) -> tuple[Path, dict[str, Any]]:
    """Folder and record of a run that came far enough to have a network.

    Args:
        run: its folder, its number, `last`, or a bundle.
        name: of the kind that it must be of.

    Raises:
        BadInput: no such run, a run of another kind, one without network, or one whose config names a class that is
            not allowed (nothing of it is run).
    """
    folder = find_run(run)
    record = records.read(folder)
    kind, needed = of_record(record), kinds()[name]
    if kind.name != name:
        instead = kind.next_steps(quoted(folder), record["model"])[0]
        raise BadInput(f"{folder} is the run of {kind.noun}; {needed.noun} is needed here. With this run: {instead}")
    if (folder / "config.yaml").exists():
        check_targets(load_plain(folder / "config.yaml"))
    if not record["model"]:
        raise BadInput(
            f"{folder}: the run ended ({record['status']}) before its network was built, so it cannot be used."
        )
    return folder, record


def refuse_bundle(run: str | Path, record: dict[str, Any], command: str) -> None:
    """Raise BadInput where a command goes on with a run, or repeats it, and has a bundle or an average before it.

    Args:
        record: of the folder that was made of the bundle.
    """
    if not is_bundle(record) and not record.get("soup"):
        return
    kind = of_record(record)
    start = kind.start and f"artesano train {kind.start.format(run=quoted(run))} ... starts a new run from its weights"
    what = "An average of runs" if record.get("soup") else "A bundle"
    raise BadInput(
        f"{run}: artesano {command} needs a run folder that training has left. {what} holds only the best weights: no "
        "optimiser state, no place in the data, no metrics.csv" + (f"; {start}." if start else ".")
    )


def _claiming(config: Mapping[str, Any]) -> Kind:
    task = config.get("task")
    for kind in kinds().values():
        if kind.task == task and kind.claims(config):
            return kind
    tasks = list(dict.fromkeys(kind.task for kind in kinds().values()))
    missing = [reason for package in plugins() if (reason := declared_by(package)[1])]
    raise BadInput(f"task: {task!r} is not {' or '.join(tasks)}.{nearest(str(task), tasks)}", *missing)
