"""One trial: a process with a plain single-run command, watched through its metrics.csv."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import optuna
from optuna.exceptions import UpdateFinishedTrialError

from artesano.errors import BadInput
from artesano.experiment.ranks import by_itself
from artesano.experiment.start import Job, start
from artesano.runs import record as records
from artesano.runs.folder import TRIAL
from artesano.runs.metrics import read_rows
from artesano.sweep.alive import Held
from artesano.sweep.storage import STORAGE, UNREACHABLE

LOOK = 0.3  # seconds between two looks at the metrics
SAVING = 15  # seconds for a run that is told to stop; Slurm gives 30 to all


@dataclass
class Outcome:
    """How a trial ended.

    Attributes:
        state: complete, pruned, failed, killed, or lost: another worker has restarted its values.
        values: one for each objective; None = there is no result.
        steps: reached.
        unknown: the objective that the run does not have.
    """

    state: str
    values: list[float] | None
    steps: int
    reason: str = ""
    unknown: str | None = None


def run_trial(
    overrides: list[str],
    folder: Path,
    trial: optuna.Trial,
    held: Held,
    objectives: Mapping[str, str],
    prune: bool,
    env: dict[str, str],
    fresh: bool,
) -> Outcome:
    """Start `artesano train`, report its validation metrics, stop it when the pruner decides to."""
    (folder.parent / "logs").mkdir(exist_ok=True)
    log = folder.parent / "logs" / f"{folder.name}.txt"
    environment = by_itself() | env | {TRIAL: str(folder), STORAGE: ""}
    process = start(["train", *overrides], environment, log, fresh=fresh, bound=True)
    stopped = code = None
    try:
        answered = time.monotonic()
        reports = Reports(folder, next(iter(objectives)), trial)
        while (code := process.poll()) is None:
            time.sleep(LOOK)
            if stopped:
                continue
            try:
                held.beat()
                if prune and reports.hopeless():
                    stopped = "pruned"
                answered = time.monotonic()
            except UpdateFinishedTrialError:
                stopped = "lost"
            except UNREACHABLE:
                if time.monotonic() - answered > held.grace:
                    raise
            if stopped:
                process.send_signal(signal.SIGTERM)
    except BaseException:
        stop(process)
        raise
    return ended(folder, log, code, list(objectives), stopped)


def stop(process: Job) -> None:
    """Stop the process; it has some seconds to save."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(SAVING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Reports:
    """Reports each validation of a run to the study, once."""

    def __init__(self, folder: Path, metric: str, trial: optuna.Trial):
        self.file, self.metric, self.trial, self.reported = folder / "metrics.csv", metric, trial, 0

    def hopeless(self) -> bool:
        """Report what is new; True when the pruner stops the trial."""
        rows = [(step, value) for step, name, value in read_rows(self.file) if name == self.metric and value == value]  # noqa: PLR0124
        for step, value in rows[self.reported :]:
            self.trial.report(value, step)
            self.reported += 1
        return self.reported > 0 and self.trial.should_prune()


def ended(folder: Path, log: Path, code: int, metrics: list[str], stopped: str | None) -> Outcome:
    """From what the process left."""
    killed = {130: "Ctrl-C", 143: "SIGTERM"}.get(code) or (signal.Signals(-code).name if code < 0 else None)
    try:
        record = records.read(folder)
    except BadInput:
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        if stopped == "lost" or killed:
            return Outcome(stopped or "killed", None, 0, f"was killed by {killed}")
        return Outcome("failed", None, 0, lines[-1] if lines else f"exit code {code}")
    steps = max((step for step, *_ in read_rows(folder / "metrics.csv")), default=0)
    if stopped == "lost":
        return Outcome("lost", None, steps)
    if stopped == "pruned" and record["status"] != "finished":
        records.update(folder, error={"type": "Pruned", "message": "worse than the others at this step", "step": steps})
        return Outcome("pruned", None, steps)
    if killed:
        return Outcome("killed", None, steps, f"was killed by {killed}")
    if code:
        error = record.get("error") or {}
        return Outcome("failed", None, steps, f"{error.get('type', record['status'])}: {error.get('message', '')}")
    known = {**record["metrics"]["best"], "seconds": record["seconds"]}
    for name in metrics:
        if name not in known:
            names = ", ".join(known)
            return Outcome("failed", None, steps, f"the run has no {name}; it has {names}", unknown=name)
        if not isinstance(known[name], int | float):
            return Outcome("failed", None, steps, f"{name} is not a number")
    return Outcome("complete", [float(known[name]) for name in metrics], steps)
