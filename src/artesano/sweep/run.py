"""`artesano sweep`, start to end: check, open or go on, work with others, report."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from rich.console import Console

from artesano.compare.report import write_report
from artesano.compare.runs import gather
from artesano.compare.table import compare
from artesano.errors import BadInput
from artesano.experiment.folder import outputs_root, slug
from artesano.experiment.wandb_run import grouped
from artesano.sweep import leaderboard
from artesano.sweep.space import Space, load_space
from artesano.sweep.study import open_study, threads
from artesano.sweep.worker import share_of_gpu, text, work

WORKER = "ARTESANO_WORKER"  # which of the workers that one command started this process is


@dataclass(frozen=True)
class Asked:
    """The own words of a sweep, checked, and those of its trials."""

    sweep: str
    words: list[str]
    name: str
    n_trials: int = 40
    workers: int = 1
    hours: float | None = None
    storage: str = "journal"
    changes: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def of(cls, given: dict[str, str], words: list[str]) -> Asked:
        """Raises BadInput: numbers that are none."""
        numbers: dict[str, Any] = {}
        problems = []
        for name, kind in (("n_trials", int), ("workers", int), ("hours", float)):
            if name not in given:
                continue
            try:
                numbers[name] = kind(given[name])
                if not numbers[name] > 0:
                    raise ValueError
            except ValueError:
                problems.append(f"{name}={given[name]}: give a {'whole ' * (kind is int)}number above 0.")
        if problems:
            raise BadInput(*problems)
        changes = {key: None if given[key] == "null" else given[key] for key in ("sampler", "pruner") if key in given}
        name = slug(given.get("name") or Path(given["sweep"]).stem)
        storage = given.get("storage", "journal")
        return cls(given["sweep"], words, name, **numbers, storage=storage, changes=tuple(changes.items()))


def sweep(asked: Asked) -> int:
    """Exit code: 0 all trials are there, 1 too many failed, 130 stopped.

    Raises:
        BadInput: the space, the storage or the words of the trials cannot be used.
    """
    console, worker = Console(), int(os.environ.get(WORKER, "0"))
    space = load_space(asked.sweep, dict(asked.changes))
    folder = outputs_root() / "sweeps" / asked.name
    if not worker:
        check_words(space, asked.words)
    folder.mkdir(parents=True, exist_ok=True)
    study = open_study(folder, space, asked.words, asked.storage)
    study.sampler = space.made_sampler(
        1000 * worker + len(study.get_trials(deepcopy=False))
    )  # a resumed one draws anew
    others = [] if worker else helpers(asked.workers)
    if not worker:
        console.print(f"[bold]{asked.name}[/]: {leaderboard.summary(study)}, of {asked.n_trials}  →  {folder}")
    env = {"OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS") or threads(asked.workers), **share_of_gpu(worker)}
    env |= grouped(asked.name, "sweep")
    until = None if asked.hours is None else time.time() + 3600 * asked.hours
    say = lambda line: console.print(line, highlight=False, markup=False, soft_wrap=True)  # noqa: E731
    try:
        work(study, folder, space, asked.words, n_trials=asked.n_trials, until=until, env=env, say=say)
        for other in others:
            other.wait()
    except KeyboardInterrupt:
        console.print("stopped; the same command goes on")
        return 130
    if worker:
        return 0
    report(console, study, space, asked, folder)
    return 0 if leaderboard.complete(study) else 1


def check_words(space: Space, words: list[str]) -> None:
    """One dry run with the first value of each key: what it refuses, every trial would refuse."""
    first = [f"{key}={text(node[0] if isinstance(node, list) else node.low)}" for key, node in space.space.items()]
    command = [sys.executable, "-m", "artesano", "train", *space.words, *words, *first, "dry_run=true"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        lines = done.stderr.splitlines()
        told = [line.removeprefix("artesano: ") for line in lines if line.startswith("artesano: ")]
        raise BadInput(*(told or lines[-3:] or ["the words of the trials cannot be composed"]))


def helpers(workers: int) -> list[subprocess.Popen]:
    """The other workers: this very command, told its number."""
    words = [sys.executable, "-m", "artesano", *sys.argv[1:]]
    threads_each = {"OMP_NUM_THREADS": threads(workers)}
    return [subprocess.Popen(words, env=os.environ | threads_each | {WORKER: str(at)}) for at in range(1, workers)]


def report(console: Console, study: optuna.Study, space: Space, asked: Asked, folder: Path) -> None:
    """Leaderboard, what mattered, the command to copy, the page."""
    console.print(leaderboard.leaderboard(study, space))
    console.print(leaderboard.summary(study))
    if shares := leaderboard.importances(study):
        told = ", ".join(f"{key} {share:.2f}" for key, share in shares.items())
        console.print(f"importance (PED-ANOVA): {told}", highlight=False)
    for trial in study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.FAIL,)):
        if reason := trial.user_attrs.get("reason"):
            console.print(f"trial {trial.number:04d} failed: {reason}", highlight=False, markup=False, soft_wrap=True)
    runs, _ = gather([str(folder)])
    found = compare(runs, group_by=list(space.space)) if any(run.metrics for run in runs) else None
    if found is not None and found.rows:
        known = {name for run in runs for name in run.values}
        metrics = [name for name in space.objectives if name in known]
        found = compare(runs, metrics, list(space.space))
        page = folder / "report.html"
        write_report(found, page, f"sweep {asked.name}: {leaderboard.summary(study)}")
        console.print(f"page: {page}", highlight=False, soft_wrap=True)
    if command := leaderboard.best_command(study, space, asked.words):
        console.print(f"\nThe best again:\n  {command}", highlight=False, markup=False, soft_wrap=True)
    console.print(f"Next:\n  artesano compare {shlex.quote(str(folder))}", highlight=False, soft_wrap=True)
