"""`artesano sweep`, start to end: check, open or go on, work with others, report."""

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

from artesano.errors import BadInput, Interrupted, RunFailed
from artesano.experiment.start import start
from artesano.experiment.stop import StopSignals
from artesano.experiment.wandb_run import grouped
from artesano.sweep import leaderboard
from artesano.sweep import study as studies
from artesano.sweep.closing import report
from artesano.sweep.launch import WORKER, Workers, last_words, launched, log_of
from artesano.sweep.options import SweepOptions
from artesano.sweep.share import Slot
from artesano.sweep.space import Space, load_space
from artesano.sweep.storage import FULL, UNREACHABLE, Storage
from artesano.sweep.worker import Worker, sentence, text

LOOK = 1.0  # seconds between two looks at workers elsewhere


def sweep(asked: SweepOptions) -> int:
    """Exit code: 0 all trials are there, 1 some are missing, 130 or 143 stopped.

    Raises:
        BadInput: the space, the storage, the launcher or the words of the trials cannot be used.
        RunFailed: the storage is gone, or the disk is full.
    """
    storage = asked.place
    with Once() as signals:
        if WORKER in os.environ:  # what Slurm sends before a job's time is over
            signal.signal(signal.SIGUSR2, lambda *_: signals.receive(signal.SIGTERM, None))
        try:
            return swept(asked, storage)
        except Interrupted as error:
            Console(stderr=True).print("stopped; the same command goes on", highlight=False)
            return error.exit_code
        except UNREACHABLE as error:
            raise RunFailed(f"storage={storage.shown}: {storage.reason(error)}; the same command goes on.") from None
        except OSError as error:
            if error.errno not in FULL:
                raise
            raise RunFailed(f"{storage.folder}: the disk is full; with more room the same command goes on.") from None


class Once(StopSignals):
    """Signals that come while trials are given back change nothing: that takes some seconds, and no more."""

    def receive(self, number: int, frame: FrameType | None) -> None:
        if self.exit_code is None:
            super().receive(number, frame)


def swept(asked: SweepOptions, storage: Storage) -> int:
    console, number = Console(), int(os.environ.get(WORKER, "0"))
    say = lambda line: console.print(line, highlight=False, markup=False, soft_wrap=True)  # noqa: E731
    space = load_space(asked.sweep, asked.changes)
    storage.check()
    if not number:
        check_words(space, asked.words, asked.fresh)
    storage.folder.mkdir(parents=True, exist_ok=True)
    study = studies.open_study(storage, space, asked.words)
    wanted = min(asked.n_trials, space.points() or asked.n_trials)
    worker = Worker(study, storage, space, asked.words, wanted, say, grace=asked.grace, fresh=asked.fresh)
    worker.until = None if asked.hours is None else time.time() + 3600 * asked.hours
    group = grouped(asked.name, "sweep")
    worker.env = lambda: group
    if asked.launcher == "local":
        slot = Slot(storage.folder)
        worker.env = lambda: slot.env(asked.workers) | group
    if number:
        worker.work()
        return 0
    say(f"{asked.name}: {leaderboard.summary(study)}, of {wanted}  →  {storage.folder}")
    if studies.counted(study) < wanted:
        together(asked, worker, say)
    report(console, study, space, asked.words, storage)
    done = studies.counted(study)
    if done < wanted:
        say(f"\n{done} of {wanted} trials are done; the same command goes on.")
    over = worker.until is not None and time.time() > worker.until
    return 0 if over or done >= wanted else 1


def together(asked: SweepOptions, worker: Worker, say: Callable[[str], None]) -> None:
    """Start the other workers, work with them if they are here, wait for all."""
    elsewhere = asked.launcher != "local"
    numbers = range(1, asked.workers + elsewhere)
    others = launched(asked, numbers)
    try:
        if elsewhere:
            many = f"{asked.workers} worker{'s' * (asked.workers > 1)}"
            say(f"{many} with {asked.launcher}; logs: {worker.storage.folder / 'workers'}")
        else:
            worker.work()
        follow(worker, others, numbers, say if elsewhere else lambda line: None)
    except BaseException:
        others.stop()
        raise


def follow(worker: Worker, others: Workers, numbers: range, say: Callable[[str], None]) -> None:
    """Until all workers have ended: say how trials and workers end that others have run."""
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


def check_words(space: Space, words: list[str], fresh: bool) -> None:
    """One dry run with the first value of each key: what it refuses, every trial would refuse."""
    first = [f"{key}={text(node[0] if isinstance(node, list) else node.low)}" for key, node in space.space.items()]
    with TemporaryDirectory() as folder:
        log = Path(folder) / "dry_run.txt"
        command = ["train", *space.words, *words, *first, "dry_run=true"]
        code = start(command, dict(os.environ), log, fresh=fresh, bound=True).wait()
        lines = log.read_text(errors="replace").splitlines()
    if code:
        problems = [line.removeprefix("artesano: ") for line in lines if line.startswith("artesano: ")]
        raise BadInput(*(problems or lines[-3:] or ["the words of the trials cannot be composed"]))
