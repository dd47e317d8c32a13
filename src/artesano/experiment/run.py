"""A checked experiment -> a finished run. `begin`, `execute` and `perform` are the life of a run.

claim a folder -> build -> announce -> fit -> measure the last and the best checkpoint -> pictures -> record.
"""

from __future__ import annotations

import contextlib
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from artesano.errors import BadInput, Interrupted, NotFinite, RunFailed
from artesano.experiment import wandb_run
from artesano.experiment.announce import announce, report
from artesano.experiment.early_end import sentence
from artesano.experiment.process import quieten, skip_cuda_checks
from artesano.experiment.ranks import is_main_process, shared_folder
from artesano.experiment.stop import StopSignals
from artesano.experiment.trainer import make_trainer
from artesano.kinds.kind import Experiment, Training
from artesano.kinds.registry import of_config
from artesano.kinds.split_of_run import listing_of, write_listing
from artesano.lines import say
from artesano.next_steps import quoted
from artesano.progress_bars import Display, waiting
from artesano.runs import record
from artesano.runs.checkpoint import saved_step
from artesano.runs.folder import locked, new_run_folder
from artesano.unread import going_on_unread


@dataclass(frozen=True)
class Run:
    """A run that ended: its folder and its record. A dry run has neither."""

    folder: Path | None
    record: dict[str, Any]

    @property
    def metrics(self) -> dict[str, float]:
        """All metrics of the best checkpoint, test included."""
        return self.record.get("metrics", {}).get("best", {})


def begin(
    experiment: Experiment,
    name: str,
    overrides: list[str],
    choices: dict[str, str],
    inherit: Callable[[Path], None] | None = None,
    training: Training | None = None,
    **more: Any,
) -> Run:
    """Claim a folder, write what is known, and run in it.

    Args:
        experiment: checked.
        inherit: writes into the folder what another run has left, the checkpoint to go on from among it.
        training: what the experiment builds, where it has been built before.
        more: further fields of the record.
    """
    options = experiment.options
    files = listing_of(experiment.data) if is_main_process() else None

    def claim() -> Path:
        folder = new_run_folder(options.task, name)
        fields = record.new(
            name=name,
            task=options.task,
            kind=of_config(options.resolved).name,
            seed=options.seed,
            overrides=overrides,
            choices=choices,
            config=options.resolved,
        )
        write_listing(folder, experiment.data, files)
        if inherit is not None:  # before there is a record: a run without its past would be resumed from step 0
            inherit(folder)
        record.write(folder, fields | more)
        record.write_config(folder, options.resolved)
        return folder

    folder = shared_folder(claim)
    return execute(folder, experiment, last_checkpoint(folder) if inherit else None, training=training)


def execute(
    folder: Path,
    experiment: Experiment,
    checkpoint: Path | None = None,
    open_again: Callable[[], None] | None = None,
    training: Training | None = None,
) -> Run:
    """Run in a folder that holds run.json and config.yaml, from `checkpoint` or from step 0.

    The record holds how it ended.

    Args:
        open_again: of a run that was there before: writes that it goes on. What goes wrong before leaves it as it was.
        training: what the experiment builds, where it has been built before.

    Raises:
        Interrupted: by a signal, after saving.
        Exception: whatever went wrong.
    """
    quieten()
    skip_cuda_checks()
    if not is_main_process():
        Display.allowed = False
        # A signal stops all processes of the run, and the first process records it: on another's exit
        # code Lightning would assume a crash and kill the first before it has written the record.
        with StopSignals() as stop, contextlib.suppress(Interrupted, RunFailed):
            perform(folder, built(experiment), checkpoint, stop, Console(quiet=True))
        return Run(folder, {})
    console = Console()
    began = time.perf_counter()
    ending: dict[str, Any] = {}
    with locked(folder), StopSignals() as stop, going_on_unread():
        if open_again is not None:
            training = built(experiment)
            open_again()
        try:
            training = training or built(experiment)
            ending = perform(folder, training, checkpoint, stop, console)
            ending |= {"status": "finished", "error": None}
        except (Interrupted, KeyboardInterrupt) as error:
            ending = {"status": "interrupted", "error": describe(error, training)}
            say(console, f"continue with  artesano resume {quoted(folder)}", markup=False)
            raise
        except BaseException as error:
            ending = {"status": "failed", "error": describe(error, training)}
            if not isinstance(error, BadInput | RunFailed):
                (folder / "traceback.txt").write_text(
                    traceback.format_exc(), encoding="utf-8", errors="backslashreplace"
                )
            raise
        finally:
            seconds = (record.read(folder)["seconds"] or 0.0) + time.perf_counter() - began
            final = record.update(folder, **ending, ended=record.now(), seconds=round(seconds, 2))
            wandb_run.finish({"finished": 0, "interrupted": 130}.get(final["status"], 1))
    report(console, folder, final)
    return Run(folder, final)


def last_checkpoint(folder: Path) -> Path:
    """Where a run goes on from."""
    return folder / "checkpoints" / "last.ckpt"


def built(experiment: Experiment) -> Training:
    """The training; what cannot be read meanwhile is listed when the run is announced, not before as well."""
    experiment.data.listed_later = True
    return experiment.build()


def perform(
    folder: Path, training: Training, checkpoint: Path | None, stop: StopSignals, console: Console
) -> dict[str, Any]:
    """Fit, measure and draw; returns what the record gains."""
    options, monitor = training.options.logger.wandb, asdict(training.monitor)
    logger, wandb_field = wandb_run.start(options, folder, record.read(folder), settings(training))
    trainer, saver, progress = make_trainer(training, folder, logger, stop, console)
    if is_main_process():  # before fit: a crash must not lose the W&B id, nor what `auto` became
        resolved = training.options.resolved
        epoch = getattr(training, "steps_per_epoch", None)  # not every kind counts in epochs
        lengths = {"steps": training.max_steps, "steps_per_epoch": epoch}
        choices = record.read(folder)["choices"] | getattr(training, "chosen", {})  # not every kind chooses by itself
        known = {"config": record.flat(resolved), "choices": choices, "monitor": monitor, **lengths}
        record.update(folder, **training.facts(), **known, wandb=wandb_field)
        record.write_config(folder, resolved)
    if checkpoint is not None:
        training.module.step = saved_step(checkpoint)  # what is announced is about the rest of the run
    announce(console, training, folder=folder, device=trainer.strategy.root_device, spent=saver.early.before)
    training.fit(trainer, checkpoint)
    if not is_main_process():
        return {}
    early = saver.early.key if training.step < training.max_steps else None
    ended_by = {"key": early or "max_steps", "step": training.step}
    if line := sentence(record.read(folder) | {"ended_by": ended_by}):
        say(console, line, markup=False)
    with waiting("measuring the last and the best state"):
        metrics = training.measure(folder, saver.best)
    with waiting("drawing pictures"):
        pictures = training.pictures(folder)
    if logger is not None:
        wandb_run.log_final(metrics["best"], pictures)
    speed = progress.steps_per_second
    return {
        "metrics": metrics,
        "ended_by": ended_by,
        "checkpoints": {path.stem: f"checkpoints/{path.name}" for path in (folder / "checkpoints").glob("*.ckpt")},
        "images": [str(picture.relative_to(folder)) for picture in pictures],
        "speed": {"steps_per_second": speed, "samples_per_second": speed and speed * training.data.batch_size},
        "device": {"accelerator": trainer.strategy.root_device.type, "devices": trainer.num_devices},
        **training.facts(),
    }


def settings(training: Training) -> dict[str, Any]:
    """The resolved config, in which the monitor has its full name."""
    return training.options.resolved | {"monitor": asdict(training.monitor)}


def describe(error: BaseException, training: Training | None) -> dict[str, Any]:
    """The record's `error`: type, message and, where it is known, the step."""
    step = error.step if isinstance(error, NotFinite) else training and training.step
    return {"type": type(error).__name__, "message": str(error), "step": step}
