"""Runs the arms of a plan one after the other; what has ended stays, so a doctor that was stopped goes on."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from artesano.doctor.outcome import FAILED, Outcome, outcome_of
from artesano.doctor.plan import Arm, Plan
from artesano.errors import Interrupted
from artesano.experiment.ranks import by_itself
from artesano.experiment.start import start
from artesano.experiment.stop import StopSignals
from artesano.own_folders import outputs_root
from artesano.runs import record
from artesano.runs.folder import TRIAL, locked, slug

RESULTS = ("NotFinite", "Unhealthy")  # errors of a run that say how the remedy did; after others it is tried again
NO_STATES = "keep_checkpoints=null"  # an arm keeps no states on its way: they would fill the disk
SAVING = 30  # seconds for a run that is told to stop


def case_folder(run: Path) -> Path:
    """Where the arms for a run are: outputs/doctor/<task>-<run folder>."""
    return outputs_root() / "doctor" / slug(f"{run.parent.name}-{run.name}")


def treat(plan: Plan, case: Path) -> Iterator[tuple[Arm, Outcome]]:
    """Each arm with its outcome, as they end.

    Raises:
        Interrupted: by a signal; the arm has saved its state.
        BadInput: another process is at work in this case.
    """
    case.mkdir(parents=True, exist_ok=True)
    with locked(case):
        for number, arm in enumerate(plan.arms, start=1):
            folder = case / arm.folder
            if not ended(folder):
                print(f"[{number}/{len(plan.arms)}] {arm.line}", flush=True)
                carry_out(arm, folder)
            yield arm, outcome_of(folder, record.read(folder)) if there(folder) else Outcome(FAILED)


def there(folder: Path) -> bool:
    return (folder / "run.json").is_file()


def ended(folder: Path) -> bool:
    """True for a run that has a result."""
    if not there(folder):
        return False
    known = record.read(folder)
    failed = known["status"] == "failed" and (known["error"] or {}).get("type") in RESULTS
    return known["status"] == "finished" or failed


def carry_out(arm: Arm, folder: Path) -> None:
    """Run the arm to its end, from where it was stopped if it was."""
    words = ["resume", str(folder)] if there(folder) else [*arm.command, NO_STATES]
    if folder.is_dir() and not there(folder):  # killed before its record was written
        shutil.rmtree(folder)
    log = folder.with_name(f"{folder.name}.txt")
    environment = by_itself() | {TRIAL: str(folder)}
    with StopSignals():
        job = start(words, environment, log, bound=True)
        try:
            code = job.wait()
        except (Interrupted, KeyboardInterrupt):
            job.send_signal(signal.SIGTERM)
            try:
                job.wait(SAVING)
            except subprocess.TimeoutExpired:
                job.kill()
            raise
    if code in (130, 143):
        raise Interrupted(code)
    if code:
        said = log.read_text(encoding="utf-8", errors="replace").split("\n") if log.is_file() else []
        last = next((line for line in reversed(said) if line.strip()), "it said nothing")
        print(f"exit code {code}: {last.strip()} (all of it: {log})", flush=True)


def write(case: Path, content: dict[str, Any]) -> None:
    """<case>/doctor.json, replaced whole."""
    draft = case / f"doctor.json.{os.getpid()}"
    draft.write_text(json.dumps(record.plain(content), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(draft, case / "doctor.json")
