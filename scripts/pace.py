"""Taking turns: variants live in processes of their own, all built at once, and train one after the other when told.

So A and B alternate within seconds on a machine whose speed drifts, and neither sees the other's memory or allocator.
Standard library only: a peer's interpreter runs this file too. One JSON line a turn, on stdout.
"""

from __future__ import annotations

import json
import multiprocessing
import statistics
import subprocess
import sys
import time
from pathlib import Path

#: what `import artesano` sets before torch is imported, alone and beside others' work (artesano/threads.py); our
#: variants get it from outside, since they share a file with the bare loops
AS_ARTESANO, AS_ARTESANO_BESIDE = {"GOMP_SPINCOUNT": "30000"}, {"GOMP_SPINCOUNT": "1000"}


class Enough(Exception):
    """The benchmark is over: raised inside the variant's training loop."""


class Pace:
    """The variant's side: `begin` once when all is built, then `tick` at each batch's end."""

    peak = 0.0

    def begin(self) -> None:
        """Say that all is ready and wait for the first turn."""
        say({"ready": True})
        self.wait()

    def tick(self, images: int) -> None:
        """A batch has ended; blocks until the next turn after the last one of this turn."""
        now = time.perf_counter()
        self.gaps.append((now - self.last) / images)
        self.last = now
        if len(self.gaps) == self.steps:
            kept = statistics.median(self.gaps[self.skip :])  # the first after a pause find cold caches
            self.look_at_memory()
            say({"images_per_second": 1 / kept, "peak_mib": self.peak})
            self.wait()

    def look_at_memory(self) -> None:
        """Worker processes are seen only while they live, so a variant that has some calls this in mid-pass."""
        self.peak = max(self.peak, peak_mib())

    def wait(self) -> None:
        """Sleep until the next turn. Raises Enough when there is none."""
        line = sys.stdin.readline()
        if not line:
            raise Enough("the benchmark is over")
        turn = json.loads(line)
        self.steps, self.skip = turn["steps"], turn["skip"]
        self.gaps: list[float] = []
        self.last = time.perf_counter()


class Variant:
    """The benchmark's side of one such process.

    Args:
        command: how to start it.
        log: file that gets its stderr.
        env: its whole environment.
    """

    def __init__(self, command: list[str], log: Path, env: dict[str, str] | None = None):
        self.command, self.log = command, log
        with log.open("w") as stderr:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, text=True, env=env
            )

    def answer(self) -> dict:
        """Its next JSON line; whatever else it prints is passed over.

        Raises:
            RuntimeError: it ended without an answer; with the end of its stderr.
        """
        for line in self.process.stdout:  # type: ignore[union-attr]
            if line.startswith("{"):
                return json.loads(line)
        tail = "\n".join(self.log.read_text().splitlines()[-15:])
        raise RuntimeError(f"{' '.join(self.command)} ended with code {self.process.wait()}:\n{tail}")

    def turn(self, steps: int, skip: int) -> dict:
        """Let it do `steps` steps, of which the first `skip` are not counted."""
        self.begin(steps, skip)
        return self.answer()

    def begin(self, steps: int, skip: int = 0) -> None:
        """The same without waiting for the answer."""
        print(json.dumps({"steps": steps, "skip": skip}), file=self.process.stdin, flush=True)

    def end(self) -> None:
        """Close its input, which ends it."""
        self.process.stdin.close()  # type: ignore[union-attr]
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def say(fields: dict) -> None:
    """One line of JSON on the true stdout, which progress bars redirect, on a line of its own."""
    print("\n" + json.dumps(fields), file=sys.__stdout__, flush=True)


def peak_mib() -> float:
    """Largest resident memory of this process so far, and what its worker processes hold now, in MiB.

    The workers' share counts pages that several processes see once (Pss). Where there is no /proc: this process alone.
    """
    try:
        own = field(Path("/proc/self/status"), "VmHWM:")
        return own + sum(field(Path(f"/proc/{w.pid}/smaps_rollup"), "Pss:") for w in multiprocessing.active_children())
    except OSError:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def field(path: Path, name: str) -> float:
    """A field of a /proc file, kB to MiB."""
    line = next(line for line in path.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1024
