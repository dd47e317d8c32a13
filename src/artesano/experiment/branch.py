"""A new run that begins with the state of another at one of its steps, with some keys changed.

Without a change it is that other run from this step on, bit for bit on CPU.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from artesano.config.overrides import key, value
from artesano.config.short_forms import full
from artesano.config.targets import check_targets, load_plain
from artesano.errors import BadInput
from artesano.experiment.may_change import changed
from artesano.experiment.pinned import pin_config
from artesano.experiment.process import keep_freed_memory
from artesano.experiment.ranks import is_main_process
from artesano.experiment.run import Run, begin, built, last_checkpoint
from artesano.experiment.same_data import keep_split
from artesano.experiment.same_start import keep_start
from artesano.experiment.saving import SaveFailed
from artesano.kinds.kind import Training
from artesano.kinds.registry import experiment_of, refuse_bundle
from artesano.runs import record
from artesano.runs.checkpoint import saved_step, whole_state
from artesano.runs.find import find_run
from artesano.runs.kept import state_at
from artesano.runs.metrics import copy_until

PICTURE = re.compile(r"step_(\d+)\.png")


def branch(run: str, at: int, words: list[str]) -> Run:
    """Train on from the state that `run` had after step `at`, in a folder of its own, with the changed keys of `words`.

    Raises:
        BadInput: no such run, or a bundle; no checkpoint of that step; a key that cannot change in mid-run; an end
            that is not after the step; data that are not those that the run began with. Nothing is written then.
    """
    keep_freed_memory()
    folder = find_run(run)
    known = record.read(folder)
    refuse_bundle(run, known, "branch")
    own = full(known["overrides"])
    words = full([*own, *words])[len(own) :]  # what `lr` stands for depends on the task
    source = state_at(folder, at)
    change = changed(folder, known, words)
    config = pin_config(change.config)
    check_targets(config)
    experiment = experiment_of(config, change.origins, change.choices)
    keep_start(experiment, known)
    lines = keep_split(experiment, folder, known)
    experiment.check()
    training, inherit = None, None
    if is_main_process():
        print(*lines, sep="\n", end="\n" * bool(lines))
        training = built(experiment)
        if training.max_steps <= at:
            raise BadInput(f"--at {at}: the run ends at step {training.max_steps}; give max_steps={2 * at} to go on.")
        inherit = heir(folder, at, past(training, source, folder, at))
    name = next((value(word) for word in words if key(word) == "name"), known["name"])
    origin = {"run": str(folder), "at": at, "changes": words}
    return begin(
        experiment, name, change.overrides, change.choices, inherit or (lambda _: None), training, branch_of=origin
    )


def past(training: Training, source: Path, folder: Path, at: int) -> dict[str, dict[str, Any]]:
    """{file: state} of the checkpoints that the new run begins with: the best ones up to step `at`, and `source`.

    All are as the new run saves them, because it loads its best at the end. The module is left with `source` in it.
    """
    fresh = {name: tensor.clone() for name, tensor in training.module.state_dict().items()}
    files = {best.name: best for best in sorted((folder / "checkpoints").glob("*best.ckpt")) if saved_step(best) <= at}
    states = {}
    for name, file in (files | {last_checkpoint(folder).name: source}).items():
        training.module.load_state_dict(fresh)  # what a state does not have begins anew, not with another state's
        state = adopted(training, file, folder)
        tensors = {one: tensor.clone() for one, tensor in state["state_dict"].items()}  # the module's own change
        states[name] = state | {"state_dict": tensors}
    return states


def adopted(training: Training, source: Path, folder: Path) -> dict[str, Any]:
    """The state in `source`, as the new run saves it."""
    state = whole_state(source)
    carried = getattr(training, "carried", None)  # of kinds whose keys rename tensors
    if carried is not None:
        state |= {"state_dict": carried(state["state_dict"], load_plain(folder / "config.yaml"))}
    return training.module.adopt(state)


def heir(folder: Path, at: int, states: dict[str, dict[str, Any]]) -> Callable[[Path], None]:
    """What writes the past of the run in `folder` up to step `at`, and these checkpoints, into a new run's folder.

    Raises:
        SaveFailed: by what it returns, where something cannot be written; the new folder is gone then.
    """

    def inherit(new: Path) -> None:
        try:
            write(new)
        except (OSError, RuntimeError) as error:  # torch's zip writer turns a full disk into a RuntimeError
            shutil.rmtree(new, ignore_errors=True)
            raise SaveFailed(f"{new}: the past of {folder} could not be written ({error})") from error

    def write(new: Path) -> None:
        copy_until(folder, at, new)
        checkpoints, images = new / "checkpoints", new / "images"
        checkpoints.mkdir()
        for picture in (folder / "images").glob("step_*.png"):
            match = PICTURE.fullmatch(picture.name)
            if match and int(match[1]) <= at:
                images.mkdir(exist_ok=True)
                shutil.copyfile(picture, images / picture.name)
        last = last_checkpoint(new).name
        for name, state in (states | {last: with_known_best(states[last], states)}).items():
            draft = checkpoints / f"draft-{os.getpid()}.ckpt"
            torch.save(state, draft)
            os.replace(draft, checkpoints / name)

    return inherit


def with_known_best(state: dict[str, Any], states: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The state; where the best so far was overwritten by a later one of the old run, the best is chosen anew."""
    saver = state["callbacks"]["Saver"]
    if "best.ckpt" in states:
        return state
    forgotten = {"best": saver["best"] | {"step": None, "metrics": {}, "waited": 0}}
    return state | {"callbacks": state["callbacks"] | {"Saver": forgotten}}
