"""Cores and GPUs of one machine, shared out among the workers of a sweep on it."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path

from filelock import FileLock, Timeout

from artesano.experiment.launcher import cores
from artesano.runs.locks import held
from artesano.sweep.alive import HERE


class Slot:
    """The number of a worker among those of this sweep on this machine, also of those started by hand."""

    def __init__(self, folder: Path):
        self.folder = folder / ".workers"
        self.folder.mkdir(exist_ok=True)
        self.number, self.lock = next(
            (number, lock) for number in count() if (lock := claimed(self.file(number))) is not None
        )

    def file(self, number: int) -> Path:
        return self.folder / f"{HERE.split()[0]}-{number}"

    def others(self) -> int:
        """Workers here besides this one, now."""
        files = self.folder.glob(f"{HERE.split()[0]}-*")
        return sum(file != self.file(self.number) and held(file) for file in files)

    def env(self, workers: int) -> dict[str, str]:
        """For the next trial: its threads, and its GPU where there is one.

        Args:
            workers: how many one command has started; more may have been started by hand.
        """
        there = max(workers, 1 + self.others())
        threads = os.environ.get("OMP_NUM_THREADS") or str(max(1, cores() // there))
        gpus = visible_gpus()
        return {"OMP_NUM_THREADS": threads} | ({"CUDA_VISIBLE_DEVICES": gpus[self.number % len(gpus)]} if gpus else {})


def claimed(path: Path) -> FileLock | None:
    """Its lock, if nobody has it."""
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return None
    return lock


def visible_gpus() -> list[str]:
    """GPU ids from CUDA_VISIBLE_DEVICES or /dev, as torch is not imported here."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return [name for name in visible.split(",") if name]
    return sorted((path.name.removeprefix("nvidia") for path in Path("/dev").glob("nvidia[0-9]*")), key=int)
