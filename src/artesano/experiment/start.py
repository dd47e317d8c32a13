"""One `artesano` command as a process: forked from a server that has done the imports, or a cold interpreter.

A cold interpreter spends 8 CPU seconds on imports, a forked process none. Both run `python -m artesano <words>` in a
session and an environment of their own. The server imports and does nothing else: no torch operation, no thread, no
CUDA (`experiment/fork_server.py`).
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import wait as wait_for
from multiprocessing.forkserver import ensure_running, set_forkserver_preload
from multiprocessing.process import parent_process
from pathlib import Path
from types import ModuleType
from typing import Protocol

MODULE = "artesano"  # what `python -m` runs
SERVER = "artesano.experiment.fork_server"  # imported by the server before it forks
CAN_FORK = sys.platform == "linux"  # Windows has no fork server; on macOS a fork after frameworks are loaded may crash
SERVER_IS_GONE = 255  # multiprocessing's exit code of a process whose server can no longer report it
STOPPING = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2) if CAN_FORK else ()
# An exit code can be read from the server once, and the start of a process reads those of all others.
TURN = threading.Lock()
DIE_WITH_PARENT = 1  # prctl(2), PR_SET_PDEATHSIG


class Job(Protocol):
    """What is used of `subprocess.Popen`."""

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def send_signal(self, sig: int) -> None: ...

    def kill(self) -> None: ...


def start(
    arguments: list[str], env: dict[str, str], log: Path | None = None, *, fresh: bool = False, bound: bool = False
) -> Job:
    """Start `python -m artesano <words>` in a session of its own, so that Ctrl-C of the terminal does not reach it.

    Args:
        env: its whole environment.
        log: file that gets stdout and stderr; None = they go where those of this process go.
        fresh: a cold interpreter.
        bound: it is killed when this process dies.
    """
    if CAN_FORK and not fresh:
        with contextlib.suppress(OSError, EOFError):  # no socket, or no server any more: a cold start always works
            return Forked(arguments, env, log, bound)
    return cold(arguments, env, log, bound)


def prepare(fresh: bool = False) -> None:
    """Let the fork server begin its imports, while this process does something else."""
    if CAN_FORK and not fresh:
        with contextlib.suppress(OSError):
            set_forkserver_preload([SERVER])
            ensure_running()


def cold(arguments: list[str], env: dict[str, str], log: Path | None, bound: bool) -> subprocess.Popen:
    """A new interpreter."""
    command = [sys.executable, "-m", MODULE, *arguments]
    preexec: Callable[[], None] | None = die_with_parent if bound else None
    if log is None:
        return subprocess.Popen(command, env=env, start_new_session=True, preexec_fn=preexec)  # noqa: PLW1509
    with log.open("w") as stream:
        return subprocess.Popen(
            command, env=env, start_new_session=True, preexec_fn=preexec,  # noqa: PLW1509
            stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT,
        )  # fmt: skip


def die_with_parent(number: int = signal.SIGKILL) -> None:
    """Kill the child when its parent dies; called in the child, before its program begins."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, number)


class Forked:
    """A process of the fork server."""

    def __init__(self, arguments: list[str], env: dict[str, str], log: Path | None, bound: bool):
        context = multiprocessing.get_context("forkserver")
        prepare()
        self.process = context.Process(target=run, args=(MODULE, arguments, env, log, bound))
        with TURN, hidden_main():
            self.process.start()

    def poll(self) -> int | None:
        with TURN:
            code = self.process.exitcode
        if code != SERVER_IS_GONE:
            return code
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGKILL)  # type: ignore[arg-type]
        return -signal.SIGKILL

    def wait(self, timeout: float | None = None) -> int:
        until = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                raise subprocess.TimeoutExpired(f"{MODULE} (forked)", timeout or 0)
            wait_for([self.process.sentinel], left)
        return code

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, sig)  # type: ignore[arg-type]

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@contextlib.contextmanager
def hidden_main() -> Iterator[None]:
    """Keep multiprocessing from running the main script of this process again in the child."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def run(module: str, arguments: list[str], env: dict[str, str], log: Path | None, bound: bool) -> None:
    """In the forked process: become `python -m <module> <words>`."""
    os.setsid()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    if bound:
        threading.Thread(target=die_after_parent, daemon=True).start()
    redirect(log)
    threads, inherited = env.get("OMP_NUM_THREADS"), os.environ.get("OMP_NUM_THREADS")
    os.environ.clear()
    os.environ.update(env)
    if threads and threads != inherited:
        set_threads(int(threads.partition(",")[0]))
    sys.argv[1:] = arguments
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        atexit._run_exitfuncs()  # multiprocessing does so from Python 3.14 on


def die_after_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGKILL)


def redirect(log: Path | None) -> None:
    """Standard streams as those of a cold start."""
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    if log is not None:
        with log.open("w") as stream:
            os.dup2(stream.fileno(), 1)
            os.dup2(stream.fileno(), 2)
    sys.stdout.reconfigure(line_buffering=sys.stdout.isatty())  # type: ignore[union-attr]


def set_threads(count: int) -> None:
    """What OMP_NUM_THREADS does, for libraries that have read it when they were loaded."""
    import torch
    from threadpoolctl import threadpool_limits

    threadpool_limits(count)
    torch.set_num_threads(count)
