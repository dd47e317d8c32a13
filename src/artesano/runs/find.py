"""Which run folder is meant by `last`, a number, a task and a number, a folder's name, a path or a bundle."""

from __future__ import annotations

from pathlib import Path

from artesano.errors import BadInput
from artesano.file_names import expanded
from artesano.own_folders import outputs_root
from artesano.runs.bundle import unpacked


def find_run(name: str | Path) -> Path:
    """The run folder that `last`, a number, `transfer/3`, a folder's name, a path or a bundle's file means.

    Raises:
        BadInput: there is none; says which runs there are.
    """
    path = expanded(name)
    if path.suffix == ".safetensors" and path.is_file():
        return unpacked(path)
    if (path / "run.json").is_file():
        return path.absolute()
    runs = [entry.parent for entry in outputs_root().glob("*/*/run.json") if entry.parts[-3] != "bundles"]
    if str(name) == "last" and runs:
        return max(runs, key=born)
    matches = [run for run in runs if str(name) in names_of(run)]
    if "/" in str(name) and path.is_dir():  # a folder of the user's that has such a name comes first
        matches = []
    if len(matches) == 1:
        return matches[0]
    if len(matches) > 1:
        choices = ", ".join(f"{run.parent.name}/{run.name}" for run in sorted(matches))
        raise BadInput(f"'{name}' means {len(matches)} runs in {outputs_root()}; give one as {choices}.")
    known = ", ".join(run.name for run in sorted(runs, key=born)[-5:]) or "none yet"
    what = "a folder without run.json" if path.is_dir() else "not a run"
    raise BadInput(
        f"'{name}' is {what}; give a run folder, its name, its number (3, or transfer/3) or 'last'. The newest runs "
        f"in {outputs_root()}: {known}."
    )


def names_of(run: Path) -> set[str]:
    """What a run in the outputs folder is called: its folder's name and its number, alone or after its task."""
    names = {run.name, run.name[:4], run.name[:4].lstrip("0")}
    return names | {f"{run.parent.name}/{name}" for name in names}


def born(run: Path) -> int:
    """When the run began, in nanoseconds: its config is written once, at the start."""
    config = run / "config.yaml"
    return (config if config.exists() else run / "run.json").stat().st_mtime_ns
