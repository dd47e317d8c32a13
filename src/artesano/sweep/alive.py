"""Which trials are alive: a lock where this machine can see it, a heartbeat in the study everywhere else."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import optuna
from filelock import FileLock
from optuna.trial import FrozenTrial

from artesano.runs.locks import held

GRACE = 60.0  # seconds without a heartbeat after which a trial counts as killed
BEATS = 6  # in that time, so that a slow storage may miss some


def machine() -> str:
    """This machine since it was started: a rebooted one, or another of the same name, knows none of its locks."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    return f"{socket.gethostname()} {boot.read_text().strip() if boot.exists() else ''}".strip()


HERE = machine()


class Held:
    """A trial of this worker: a lock that the system lets go of however the process ends, and a heartbeat.

    Args:
        grace: seconds; it stands in the heartbeat, so that all workers agree on when this trial is dead.
    """

    def __init__(self, folder: Path, trial: optuna.Trial, grace: float):
        (folder / ".trials").mkdir(exist_ok=True)
        self.path = folder.absolute() / ".trials" / f"{trial.number:04d}"
        self.trial, self.grace, self.beats, self.last = trial, grace, 0, float("-inf")
        self.lock = FileLock(self.path)
        self.lock.acquire()
        self.beat()

    def beat(self) -> None:
        """Tell the study that the trial is alive, if it is time to.

        Raises:
            optuna.exceptions.UpdateFinishedTrialError: another worker has ended it.
        """
        if time.monotonic() - self.last < self.grace / BEATS:
            return
        heartbeat = {"machine": HERE, "lock": str(self.path), "beat": self.beats, "grace": self.grace}
        self.trial.set_user_attr("alive", heartbeat)
        self.beats, self.last = self.beats + 1, time.monotonic()

    def __enter__(self) -> Held:
        return self

    def __exit__(self, *exception: object) -> None:
        self.lock.release()


class Watch:
    """Says which trials of others are dead. Clocks of two machines are never compared: a heartbeat that has not moved
    for so long, seen from here, is a dead one."""

    def __init__(self) -> None:
        self.seen: dict[int, tuple[object, float]] = {}

    def dead(self, trial: FrozenTrial) -> bool:
        heartbeat = trial.user_attrs.get("alive")
        if heartbeat and heartbeat["machine"] == HERE and Path(heartbeat["lock"]).exists():
            return not held(Path(heartbeat["lock"]))
        beat, since = self.seen.get(trial.number, (None, None))
        if since is None or beat != heartbeat:
            self.seen[trial.number] = (heartbeat, time.monotonic())
            return False
        return time.monotonic() - since > (heartbeat["grace"] if heartbeat else GRACE)
