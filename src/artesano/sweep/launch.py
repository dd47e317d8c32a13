"""Starts further workers: the same command with a number, as local processes, Ray tasks or Slurm jobs."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from artesano.errors import BadInput
from artesano.experiment.start import die_with_parent
from artesano.own_folders import outputs_root
from artesano.sweep.options import SweepOptions
from artesano.sweep.storage import STORAGE

WORKER = "ARTESANO_WORKER"  # which of the workers that one command has started this process is; 0 = the command itself
PATIENCE = 30  # seconds for a worker to give its trial back


@dataclass(frozen=True)
class Order:
    """What it takes to start a worker: arguments of `artesano sweep`, the storage, and options of the launcher."""

    arguments: list[str]
    storage: str
    folder: Path
    options: dict[str, Any]

    def env(self, number: int) -> dict[str, str]:
        return {WORKER: str(number), "ARTESANO_OUTPUTS": str(outputs_root())}

    def env_elsewhere(self, number: int) -> dict[str, str]:
        return self.env(number) | {"OMP_NUM_THREADS": str(self.options.get("cpus", 1))}

    def log(self, number: int) -> str:
        return str(log_of(self.folder, number))


class Workers(Protocol):
    """Those of one launcher."""

    def ended(self) -> dict[int, int | str]:
        """Number of each worker that has ended -> its exit code, or why it has none."""

    def stop(self) -> None:
        """Ask all of them to give their trials back, and wait for a limited time."""


class LocalWorkers:
    """Processes of this machine."""

    def __init__(self, order: Order, numbers: range):
        env = os.environ | {STORAGE: order.storage}
        command = [sys.executable, "-m", "artesano", "sweep", *order.arguments]
        # A session of their own: Ctrl-C of the terminal comes to them once, from `stop`.
        self.processes = {
            number: subprocess.Popen(
                command,
                env=env | order.env(number),
                start_new_session=True,
                preexec_fn=stop_with_parent,  # noqa: PLW1509
            )
            for number in numbers
        }

    def ended(self) -> dict[int, int | str]:
        codes = {number: process.poll() for number, process in self.processes.items()}
        return {number: code for number, code in codes.items() if code is not None}

    def stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        until = time.monotonic() + PATIENCE
        while len(self.ended()) < len(self.processes) and time.monotonic() < until:
            time.sleep(0.1)
        for process in self.processes.values():
            process.kill()


def launched(options: SweepOptions, numbers: range) -> Workers:
    """Start the workers of these numbers.

    Raises:
        BadInput: the launcher's package or program is missing, or the machine has less than its options request.
    """
    order = Order(list(options.arguments), options.storage, options.place.folder, options.launcher_options)
    if options.launcher == "local":
        return LocalWorkers(order, numbers)
    (order.folder / "workers").mkdir(parents=True, exist_ok=True)
    try:
        return importlib.import_module(f"artesano.sweep.on_{options.launcher}").start(order, numbers)
    except ModuleNotFoundError as error:
        extra = f"pip install 'artesano[{options.launcher}]'"
        raise BadInput(f"launcher={options.launcher}: the package {error.name} is missing; {extra}.") from None


def obey(arguments: list[str], env: dict[str, str], cwd: str, log: str) -> int:
    """What a Ray task or a Slurm job does: run the worker, write its log; returns its exit code."""
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-u", "-m", "artesano", "sweep", *arguments]
    with open(log, "a") as stream:
        process = subprocess.Popen(
            command, env=os.environ | env, cwd=cwd if os.path.isdir(cwd) else None, stdin=subprocess.DEVNULL,
            stdout=stream, stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=stop_with_parent,  # noqa: PLW1509
        )  # fmt: skip
        try:
            while process.poll() is None:  # not wait(): what cancels a Ray task does not break a system call
                time.sleep(0.2)
        except BaseException:
            process.terminate()
            process.wait(PATIENCE)
            raise
    return process.returncode


def stop_with_parent() -> None:
    die_with_parent(signal.SIGTERM)


def log_of(folder: Path, number: int) -> Path:
    return folder / "workers" / f"{number:02d}.txt"


def last_words(log: Path) -> str:
    """The last line of a worker's log."""
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()] if log.exists() else []
    return lines[-1] if lines else "its log is empty"
