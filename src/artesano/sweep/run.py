"""`artesano sweep`, start to end: check, open or continue the study, run trials beside other workers, report."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

import optuna
from optuna.trial import FrozenTrial
from rich.console import Console

from artesano.config.compose import compose
from artesano.config.overrides import key
from artesano.errors import BadInput, Interrupted, RunFailed
from artesano.experiment.start import start
from artesano.experiment.stop import StopSignals
from artesano.experiment.wandb_run import grouped
from artesano.sweep import leaderboard
from artesano.sweep import study as studies
from artesano.sweep.closing import report
from artesano.sweep.launch import WORKER, Workers, last_words, launched, log_of
from artesano.sweep.objectives import fitting
from artesano.sweep.options import SweepOptions
from artesano.sweep.share import Slot
from artesano.sweep.space import Space, load_space
from artesano.sweep.storage import FULL, UNREACHABLE, Storage
from artesano.sweep.worker import Worker, sentence, text

LOOK = 1.0  # seconds between two looks at workers elsewhere


def sweep(options: SweepOptions) -> int:
    """Exit code: 0 all trials are there, 1 some are missing, 130 or 143 stopped.

    Raises:
        BadInput: the space, the storage, the launcher or the overrides of the trials cannot be used.
        RunFailed: the storage is gone, or the disk is full.
    """
    storage = options.place
    with Once() as signals:
        if WORKER in os.environ:  # what Slurm sends before a job's time is over
            signal.signal(signal.SIGUSR2, lambda *_: signals.receive(signal.SIGTERM, None))
        try:
            return swept(options, storage)
        except Interrupted as error:
            Console(stderr=True).print("stopped; run the same command to continue", highlight=False)
            return error.exit_code
        except UNREACHABLE as error:
            raise RunFailed(
                f"storage={storage.shown}: {storage.reason(error)}; run the same command to continue."
            ) from None
        except OSError as error:
            if error.errno not in FULL:
                raise
            raise RunFailed(
                f"{storage.folder}: the disk is full; free some space and run the same command to continue."
            ) from None


class Once(StopSignals):
    """Only the first signal counts: giving trials back takes some seconds, and a second signal must not stop it."""

    def receive(self, number: int, frame: FrameType | None) -> None:
        if self.exit_code is None:
            super().receive(number, frame)


def swept(options: SweepOptions, storage: Storage) -> int:
    console, number = Console(), int(os.environ.get(WORKER, "0"))
    say = lambda line: console.print(line, highlight=False, markup=False, soft_wrap=True)  # noqa: E731
    space = load_space(options.sweep, options.changes)
    storage.check()
    if not number:
        check_overrides(space, options.overrides, options.fresh)
    space, named = fitting(space, compose(words_of_first(space, options.overrides)).resolved), list(space.objectives)
    if not number and (changed := [name for name in space.objectives if name not in named]):
        say(f"objective {', '.join(changed)}: images with several labels have no accuracy")
    storage.folder.mkdir(parents=True, exist_ok=True)
    study = studies.open_study(storage, space, options.overrides)
    wanted = min(options.n_trials, space.points() or options.n_trials)
    worker = Worker(study, storage, space, options.overrides, wanted, say, grace=options.grace, fresh=options.fresh)
    worker.until = None if options.hours is None else time.time() + 3600 * options.hours
    group = grouped(options.name, "sweep")
    worker.env = lambda: group
    if options.launcher == "local":
        slot = Slot(storage.folder)
        worker.env = lambda: slot.env(options.workers) | group
    if number:
        worker.work()
        return 0
    say(f"{options.name}: {leaderboard.summary(study)}, of {wanted}  →  {storage.folder}")
    if studies.counted(study) < wanted:
        together(options, worker, say)
    report(console, study, space, options.overrides, storage)
    done = studies.counted(study)
    if done < wanted:
        say(f"\n{done} of {wanted} trials are done; run the same command to continue.")
    over = worker.until is not None and time.time() > worker.until
    return 0 if over or done >= wanted else 1


def together(options: SweepOptions, worker: Worker, say: Callable[[str], None]) -> None:
    """Start the other workers, work with them if they are here, wait for all."""
    elsewhere = options.launcher != "local"
    numbers = range(1, options.workers + elsewhere)
    others = launched(options, numbers)
    try:
        if elsewhere:
            many = f"{options.workers} worker{'s' * (options.workers > 1)}"
            say(f"{many} with {options.launcher}; logs: {worker.storage.folder / 'workers'}")
        else:
            worker.work()
        follow(worker, others, numbers, say if elsewhere else lambda line: None)
    except BaseException:
        others.stop()
        raise


def follow(worker: Worker, others: Workers, numbers: range, say: Callable[[str], None]) -> None:
    """Wait until all workers have ended; print how their trials end."""
    study, known = worker.study, finished(worker.study)
    gone: dict[int, int | str] = {}
    while len(gone) < len(numbers):
        time.sleep(LOOK)
        ended = others.ended()
        for number, trial in sorted(finished(study).items()):
            if number not in known:
                say(sentence(trial, worker.space))
                known[number] = trial
        for number in ended.keys() - gone.keys():
            if ended[number] != 0:
                reason = f"exit code {ended[number]}" if isinstance(ended[number], int) else ended[number]
                log = log_of(worker.storage.folder, number)
                say(f"worker {number} failed ({reason}): {last_words(log)}; its log: {log}")
        gone = ended


def finished(study: optuna.Study) -> dict[int, FrozenTrial]:
    return {trial.number: trial for trial in study.get_trials(deepcopy=False) if trial.state.is_finished()}


def check_overrides(space: Space, overrides: list[str], fresh: bool) -> None:
    """One dry run with the first value of each key; its errors would be those of every trial."""
    if searched := [word for word in overrides if key(word) in space.space]:
        raise BadInput(
            *(f"{word}: the space searches {key(word)}; leave it out, or out of the space." for word in searched)
        )
    with TemporaryDirectory() as folder:
        log = Path(folder) / "dry_run.txt"
        command = ["train", *words_of_first(space, overrides), "dry_run=true"]
        code = start(command, dict(os.environ), log, fresh=fresh, bound=True).wait()
        lines = log.read_text(errors="replace").splitlines()
    if code:
        problems = [line.removeprefix("artesano: ") for line in lines if line.startswith("artesano: ")]
        raise BadInput(*(problems or lines[-3:] or ["the overrides of the trials cannot be composed"]))


def words_of_first(space: Space, overrides: list[str]) -> list[str]:
    """A trial with the first value of each key."""
    first = [f"{name}={text(node[0] if isinstance(node, list) else node.low)}" for name, node in space.space.items()]
    return [*space.overrides, *overrides, *first]
