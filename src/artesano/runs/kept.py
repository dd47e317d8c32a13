"""The steps of which a run folder has the whole state: weights, optimisers, averages, what the monitors have seen."""

from __future__ import annotations

import re
from pathlib import Path

from artesano.errors import BadInput
from artesano.runs.checkpoint import saved_step

NAME = re.compile(r"step_(\d{6,})\.ckpt")
HOW = "keep_checkpoints=10"  # what a run is given so that it keeps some


def kept_file(step: int) -> str:
    """The name of the file that keeps the state of a step."""
    return f"step_{step:06d}.ckpt"


def kept_states(folder: Path) -> dict[int, Path]:
    """{step: file} in the order of the steps: those that `keep_checkpoints` kept, the best and the last.

    Raises:
        BadInput: one of the files cannot be read.
    """
    home = folder / "checkpoints"
    states = {saved_step(home / name): home / name for name in ("best.ckpt", "last.ckpt") if (home / name).is_file()}
    for file in home.glob("step_*.ckpt"):
        if match := NAME.fullmatch(file.name):
            states[int(match[1])] = file
    return dict(sorted(states.items()))


def state_at(folder: Path, step: int) -> Path:
    """The file with the state of a step.

    Raises:
        BadInput: there is none of this step; names the nearest one.
    """
    states = kept_states(folder)
    if not states:
        raise BadInput(f"{folder}: it has no checkpoint; the run ended before its first save.")
    if step in states:
        return states[step]
    near = min(states, key=lambda one: abs(one - step))
    there = ", ".join(map(str, states))
    more = "" if any(NAME.fullmatch(file.name) for file in states.values()) else f" A run keeps more with {HOW}."
    raise BadInput(f"--at {step}: {folder} has no checkpoint of that step; there are {there}. Nearest: {near}.{more}")
