"""Detects killed trials: by a lock on the same machine, by a heartbeat in the study on others."""

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
    """Identifies this machine since its last boot; after a reboot its locks are gone."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    return f"{socket.gethostname()} {boot.read_text().strip() if boot.exists() else ''}".strip()


HERE = machine()


class Held:
    """A trial of this worker: a lock that the system releases when the process ends, and a heartbeat.

    Args:
        grace: seconds; it is part of the heartbeat, so that all workers use the same limit.
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
    """Tells which trials of other workers were killed. Clocks of two machines are never compared: a heartbeat must stay
    unchanged for `grace` seconds by the clock of this machine."""

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
