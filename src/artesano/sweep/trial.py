"""One trial: a fresh process with a plain single-run command, watched through its metrics.csv."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import optuna

from artesano.errors import BadInput
from artesano.experiment import record as records
from artesano.experiment.folder import TRIAL
from artesano.experiment.metrics_rows import read_rows

LOOK = 0.3  # seconds between two looks at the metrics
DIE_WITH_PARENT = 1  # prctl(2), PR_SET_PDEATHSIG


@dataclass
class Outcome:
    """How a trial ended.

    Attributes:
        values: one for each objective; None = there is no result.
        steps: reached.
    """

    state: str
    values: list[float] | None
    steps: int
    reason: str = ""


def run_trial(
    words: list[str], folder: Path, trial: optuna.Trial, objectives: Mapping[str, str], prune: bool, env: dict[str, str]
) -> Outcome:
    """Start `artesano train`, report what it validates, stop it where the pruner says so."""
    (folder.parent / "logs").mkdir(exist_ok=True)
    log = folder.parent / "logs" / f"{folder.name}.txt"
    command = [sys.executable, "-m", "artesano", "train", *words]
    environment = os.environ | env | {TRIAL: str(folder)}
    with log.open("w") as stream:
        process = subprocess.Popen(
            command, stdout=stream, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment,
            preexec_fn=die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - no threads here
        )  # fmt: skip
    pruned = False
    try:
        seen = 0
        while process.poll() is None:
            time.sleep(LOOK)
            if not prune or pruned:
                continue
            for step, value in reported(folder, next(iter(objectives)))[seen:]:
                seen += 1
                trial.report(value, step)
            if seen and trial.should_prune():
                pruned = True
                process.send_signal(signal.SIGTERM)
    except BaseException:
        process.send_signal(signal.SIGTERM)
        process.wait()
        raise
    return ended(folder, log, process.returncode, list(objectives), pruned)


def die_with_parent() -> None:
    """A worker that is killed must not leave a trial behind that nobody will hear of."""
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)


def reported(folder: Path, metric: str) -> list[tuple[int, float]]:
    """(step, value) of a metric so far."""
    rows = read_rows(folder / "metrics.csv")
    return [(step, value) for step, name, value in rows if name == metric and value == value]  # noqa: PLR0124 - not NaN


def ended(folder: Path, log: Path, code: int, metrics: list[str], pruned: bool) -> Outcome:
    """From what the process left."""
    try:
        record = records.read(folder)
    except BadInput:
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        return Outcome("failed", None, 0, lines[-1] if lines else f"exit code {code}")
    steps = max((step for step, *_ in read_rows(folder / "metrics.csv")), default=0)
    if pruned and record["status"] != "finished":
        records.update(folder, error={"type": "Pruned", "message": "worse than the others at this step", "step": steps})
        return Outcome("pruned", None, steps)
    if code:
        error = record.get("error") or {}
        return Outcome("failed", None, steps, f"{error.get('type', record['status'])}: {error.get('message', '')}")
    known = {**record["metrics"]["best"], "seconds": record["seconds"]}
    missing = [name for name in metrics if not isinstance(known.get(name), int | float)]
    if missing:
        return Outcome("failed", None, steps, f"the run has no {missing[0]}")
    return Outcome("complete", [float(known[name]) for name in metrics], steps)
