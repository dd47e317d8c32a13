"""Other work on the machine while a benchmark runs: a loop that only counts, or trainings that go on for ever."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pace import Variant

FOREVER = 1_000_000  # steps
OF_OPENMP = ("OMP_", "GOMP_", "KMP_", "MKL_")


@contextmanager
def busy_loop() -> Iterator[None]:
    """One process that always computes, as a build or a conversion does."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


@contextmanager
def trainings(variants: Sequence[Variant], seconds: float = 3) -> Iterator[None]:
    """Variants that are ready, each in a turn without end; entered after so many seconds, killed afterwards."""
    try:
        for variant in variants:
            variant.begin(FOREVER)
        time.sleep(seconds)
        yield
    finally:
        for variant in variants:
            variant.process.kill()
            variant.process.wait()


def forget_openmp() -> None:
    """Leave the environment as most people start Python: nothing is said about OpenMP's threads."""
    for name in [name for name in os.environ if name.startswith(OF_OPENMP)]:
        del os.environ[name]
