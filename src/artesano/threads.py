"""Sets how OpenMP's threads wait, before torch is imported. Imports no torch.

By default a thread that has nothing to do spins for a while, since that is the quickest when the cores are free. Beside
other work it spins away the time in which the thread that it waits for could run, after every layer. With a shorter
spin it sleeps sooner, and waking costs time. Lite0, full fine-tuning, 2 threads on 2 cores, medians in images per
second (docs/results/openmp_wait.csv):

    beside it          default   GOMP_SPINCOUNT=30000   10000   1000   OMP_WAIT_POLICY=PASSIVE
    nothing                112                    111     105    101                        95
    one busy loop           17                     34      50     62                        63
    two trainings            9                     21      30     35                        34

So the spin is long when no other process computes at the start, else short, and never the default: a run beside which
another one starts later stays twice as fast as with the default.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ALONE, CROWDED = "30000", "1000"  # spins
SET_BY_USER = any(name in os.environ for name in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY"))
TOO_LATE = "torch" in sys.modules and not SET_BY_USER  # libgomp is loaded already: only child processes are affected


def spin_briefly() -> None:
    """Set GOMP_SPINCOUNT, which libgomp reads when torch loads it, unless the user has set how threads wait."""
    if not SET_BY_USER:
        os.environ["GOMP_SPINCOUNT"] = spins()


def spins() -> str:
    """How often a waiting thread looks before it sleeps, by what other processes compute at this moment."""
    if not hasattr(os, "getloadavg") or os.getloadavg()[0] < 0.5:
        return ALONE
    neighbours = Neighbours()  # the load of the last minute may be that of a run that has ended
    time.sleep(0.1)
    return CROWDED if neighbours.cores() >= 0.5 else ALONE


def used() -> tuple[float, float]:
    """CPU seconds of the whole machine, and of this process and its children, so far; NaN where there is no /proc."""
    own = os.times()
    try:
        user, nice, system, _, _, irq, softirq, *_ = map(int, Path("/proc/stat").read_text().split()[1:9])
    except OSError:
        return float("nan"), 0.0
    whole = (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")
    return whole, own.user + own.system + own.children_user + own.children_system


@dataclass
class Neighbours:
    """Measures what other processes use of the machine, from its making on."""

    began: float = field(default_factory=time.monotonic)
    before: tuple[float, float] = field(default_factory=used)

    def cores(self) -> float:
        """That they have used on average."""
        whole, own = (now - then for now, then in zip(used(), self.before, strict=True))
        return max(0.0, whole - own) / max(time.monotonic() - self.began, 0.01)


def crowded(others: float, threads: int, cores: int) -> str | None:
    """A warning when other processes use the cores that a run needs; None otherwise.

    Args:
        others: cores that other processes use.
        threads: that the run computes with.
        cores: of the machine.
    """
    if not (others >= 0.5 and others + threads > cores + 0.25):
        return None
    advice = "; OMP_NUM_THREADS=1 may help" * (threads > 1)
    advice += "; so may importing artesano before torch" * TOO_LATE
    return f"other processes use {others:.1f} of {cores} cores: training will be slower{advice}"
