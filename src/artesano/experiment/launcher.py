"""The jobs of a grid as processes: one after the other, or some at once (`hydra/launcher=joblib`). Imports no torch.

Jobs are processes, so that W&B, memory and a crash of one job do not affect the next.
"""

from __future__ import annotations

import os
import shlex
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from artesano.config.overrides import key, value
from artesano.errors import BadInput, nearest
from artesano.experiment.ranks import by_itself
from artesano.experiment.start import Job, start
from artesano.runs.duration import format_minutes

LAUNCHERS = {"basic": 1, "joblib": -1}  # name -> jobs at once where n_jobs says nothing; -1 = as many as cores
FRESH = "hydra.launcher.fresh"
STOPPED = (130, 143)


def chosen(overrides: list[str]) -> tuple[list[str], list[str]]:
    """The overrides of the launcher, which is Artesano's and not Hydra's, and all others."""
    own = [
        override
        for override in overrides
        if key(override) == "hydra/launcher" or key(override).startswith("hydra.launcher")
    ]
    return own, [override for override in overrides if override not in own]


def at_once(overrides: list[str]) -> int:
    """How many jobs run at a time.

    Args:
        overrides: of the launcher: `hydra/launcher=joblib`, `hydra.launcher.n_jobs=2` (1 or more; -1 = all cores).

    Raises:
        BadInput: another launcher, another key, a number that is none.
    """
    settings = {key(override): value(override) for override in overrides if key(override) != FRESH}
    name, count = settings.pop("hydra/launcher", "basic"), settings.pop("hydra.launcher.n_jobs", None)
    if name not in LAUNCHERS:
        raise BadInput(
            f"hydra/launcher={name}: no such launcher; accepted: basic (one job after the other), joblib "
            "(hydra.launcher.n_jobs at a "
            f"time on this machine).{nearest(name, LAUNCHERS)}"
        )
    if settings:
        raise BadInput(
            *(
                f"{other}: no such option of the launcher; accepted: hydra.launcher.n_jobs, {FRESH}."
                for other in settings
            )
        )
    if count is not None and name != "joblib":
        raise BadInput(f"hydra.launcher.n_jobs={count}: needs hydra/launcher=joblib.")
    try:
        jobs = LAUNCHERS[name] if count is None else int(count)
    except ValueError:
        jobs = 0
    if jobs < 1 and jobs != -1:
        raise BadInput(f"hydra.launcher.n_jobs={count}: give a whole number from 1 on, or -1 for all cores.")
    return cores() if jobs == -1 else jobs


def fresh(overrides: list[str]) -> bool:
    """True when each job is a cold interpreter: `hydra.launcher.fresh=true`.

    Raises:
        BadInput: neither true nor false.
    """
    values = [value(override) for override in overrides if key(override) == FRESH] or ["false"]
    if values[-1] not in ("true", "false"):
        raise BadInput(f"{FRESH}={values[-1]}: give true or false.")
    return values[-1] == "true"


def cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass
class Launcher:
    """Runs jobs and hands signals on.

    Attributes:
        at_once: of them.
        env: what all of them find in their environment besides ours.
        logs: a folder for what they say; None = the terminal, which only one job at a time can have.
        fresh: each job is a cold interpreter.
        stopped: the exit code of a signal that came to us, or to one of them: then no job begins any more.
    """

    at_once: int = 1
    env: dict[str, str] = field(default_factory=dict)
    logs: Path | None = None
    fresh: bool = False
    stopped: int | None = None

    def __post_init__(self) -> None:
        self.running: list[Job] = []
        self.turn = threading.RLock()  # of the thread that reads or changes `running` and `stopped`

    def run(self, jobs: list[list[str]]) -> list[int | None]:
        """The exit code of each; None for those that never began. A failure does not stop the rest."""
        before = {number: signal.signal(number, self.forward) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            with ThreadPoolExecutor(self.at_once) as pool:
                waiting = [pool.submit(self.run_job, job, at, len(jobs)) for at, job in enumerate(jobs, start=1)]
                return [one.result() for one in waiting]
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def forward(self, number: int, _: FrameType | None) -> None:
        with self.turn:
            self.stopped = 128 + number
            for job in self.running:
                job.send_signal(number)

    def run_job(self, overrides: list[str], number: int, count: int) -> int | None:
        """One `artesano train`, in its own session, so that Ctrl-C reaches it once, from here, whoever sent it."""
        title, log = f"[{number}/{count}]", self.logs / f"{number:04d}.txt" if self.logs else None
        if self.stopped:
            return None
        print(f"{title} artesano train {shlex.join(overrides)}", flush=True)
        job = start(["train", *overrides], by_itself() | self.env, log, fresh=self.fresh)
        with self.turn:
            if self.stopped:  # the signal came while the job was started
                job.send_signal(self.stopped - 128)
            self.running.append(job)
        began = time.monotonic()
        code = job.wait()
        with self.turn:
            self.running.remove(job)
            if code in STOPPED:
                self.stopped = self.stopped or code
            if log:
                print(f"{title} {ended(code, log)} after {format_minutes((time.monotonic() - began) / 60)}", flush=True)
        return code


def ended(code: int, log: Path) -> str:
    """`finished`, `stopped by Ctrl-C`, or what the job said last."""
    if not code:
        return "finished"
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    messages = [line for line in lines if line.startswith("artesano: ")] or lines or [f"exit code {code}"]
    reason = messages[-1].removeprefix("artesano: ")
    return reason if code in STOPPED else f"failed ({reason})"
