"""Which run folder is meant by `last`, a number, a folder's name, a path or a bundle."""

from __future__ import annotations

from pathlib import Path

from artesano.errors import BadInput
from artesano.file_names import expanded
from artesano.own_folders import outputs_root
from artesano.runs.bundle import unpacked


def find_run(name: str | Path) -> Path:
    """The run folder that `last`, a number, a folder's name, a path or a bundle's file means.

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
    wanted = str(name)
    matches = [run for run in runs if wanted in (run.name, run.name[:4], run.name[:4].lstrip("0"))]
    if len(matches) == 1:
        return matches[0]
    if len(matches) > 1:
        places = ", ".join(str(run) for run in sorted(matches))
        raise BadInput(f"'{name}' means {len(matches)} runs; give one by the name of its folder: {places}.")
    known = ", ".join(run.name for run in sorted(runs, key=born)[-5:]) or "none yet"
    what = "a folder without run.json" if path.is_dir() else "not a run"
    raise BadInput(
        f"'{name}' is {what}; give a run folder, its name, its number or 'last'. The newest runs in {outputs_root()}: "
        f"{known}."
    )


def born(run: Path) -> int:
    """When the run began, in nanoseconds: its config is written once, at the start."""
    config = run / "config.yaml"
    return (config if config.exists() else run / "run.json").stat().st_mtime_ns
