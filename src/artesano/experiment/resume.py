"""Continue a run from its last checkpoint: same folder, same W&B id, same numbers as an uninterrupted run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from artesano.config.options import RunOptions
from artesano.config.overrides import key
from artesano.config.short_forms import full
from artesano.config.targets import check_targets, load_plain
from artesano.errors import BadInput, nearest
from artesano.experiment.process import keep_freed_memory
from artesano.experiment.ranks import is_main_process
from artesano.experiment.run import Run, execute, last_checkpoint
from artesano.experiment.same_data import keep_split
from artesano.experiment.same_start import keep_start, same_start
from artesano.kinds.registry import experiment_of, refuse_bundle
from artesano.runs import record
from artesano.runs.checkpoint import saved_step
from artesano.runs.find import find_run
from artesano.runs.metrics import cut_after

OPEN_KEYS = ("trainer.", "logger.")
LENGTHS = ("max_steps", "max_minutes", "patience")  # what a run that goes on may have otherwise


def resume(run: str, overrides: list[str]) -> Run:
    """Continue `run` (a folder, a number or `last`) to its end, or to a later one.

    Raises:
        BadInput: no such run; overrides other than trainer.*, logger.* and the lengths; a forbidden target in
            the run's config; nothing left to do; data that are not those that the run began with. The run is then
            as it was: nothing is written before all is checked and built.
    """
    keep_freed_memory()
    overrides = full(overrides)
    folder = find_run(run)
    known = record.read(folder)
    refuse_bundle(run, known, "resume")
    config = extended(load_plain(folder / "config.yaml"), overrides)
    check_targets(config)
    experiment = experiment_of(config)
    checkpoint = last_checkpoint(folder)
    step = saved_step(checkpoint) if checkpoint.is_file() else 0  # stopped before its first save
    if step:
        keep_start(experiment, known)
    lines = keep_split(experiment, folder, known)
    experiment.check()
    if not step:
        same_start(experiment, folder, known)
    if known["status"] == "finished":
        refuse_the_same_end(folder, known, experiment.options)
    if (end := experiment.options.max_steps) is not None and end < step:
        raise BadInput(f"max_steps: {end} is before step {step} of the checkpoint; give a larger value.")

    def open_again() -> None:
        cut_after(folder, step)
        words = [*known["overrides"], *overrides]
        record.update(folder, status="running", error=None, ended_by=None, overrides=words, config=record.flat(config))
        if (known.get("ended_by") or {}).get("key") == "max_minutes":
            record.update(folder, time_was_over=[*known.get("time_was_over", []), step])
        if step and known["steps"] not in (None, end) and end is not None:
            record.update(folder, lengthened=[*known.get("lengthened", []), {"at": step, "planned": known["steps"]}])
        record.write_config(folder, config)

    if is_main_process():
        print(*lines, sep="\n", end="\n" * bool(lines))
    return execute(folder, experiment, checkpoint if step else None, open_again)


def refuse_the_same_end(folder: Path, known: dict[str, Any], options: RunOptions) -> None:
    """A finished run goes on only where what ended it is another now.

    Raises:
        BadInput: it is as it was, or smaller.
    """
    ended = known.get("ended_by") or {"key": "max_steps", "step": known["steps"]}  # older runs ended there
    key, step = ended["key"], ended["step"]
    before, now = known["config"].get(key), getattr(options, key)
    if key == "max_steps":
        if now == before:
            raise BadInput(f"{folder}: finished at step {step}; to train longer give max_steps={2 * step}.")
    elif now is not None and now <= before:
        raise BadInput(
            f"{folder}: {key}={before} ended it at step {step} of {known['steps']}; to train on give "
            f"{key}={2 * before:g}, or {key}=null for no such end."
        )


def extended(config: dict[str, Any], overrides: list[str]) -> dict[str, Any]:
    """The run's config with the few overrides that leave it the same run."""
    wrong = [word for word in overrides if not (word.startswith(OPEN_KEYS) or key(word) in LENGTHS)]
    if wrong:
        lengths = f"{', '.join(LENGTHS[:-1])} and {LENGTHS[-1]}"
        accepted = f"resume accepts only trainer.*, logger.*, {lengths}."
        raise BadInput(*[f"{word}: {accepted}{nearest(key(word), LENGTHS)}" for word in wrong])
    return OmegaConf.to_container(OmegaConf.merge(config, OmegaConf.from_dotlist(overrides)))  # type: ignore[return-value]
