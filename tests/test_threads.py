"""How threads wait is set before torch is loaded; a crowded machine is named."""

import os
import subprocess
import sys

import pytest

from artesano import threads
from artesano.threads import Neighbours, crowded

ENTRIES = ["artesano", "artesano.cli", "artesano.sweep.worker", "artesano.experiment.fork_server"]
# what libgomp would read, at the moment when torch begins to load it
WATCH = """
import os, sys
class Watch:
    def find_spec(self, name, *_):
        if name == "torch":
            print(os.environ.get("GOMP_SPINCOUNT"))
            sys.exit()
sys.meta_path.insert(0, Watch())
import {entry}, torch
"""


def output(code, **env):
    """What code prints in a process that inherits nothing about waiting."""
    kept = {name: text for name, text in os.environ.items() if name not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=kept | env, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("entry", ENTRIES)
def test_it_is_set_before_torch_is_loaded(entry):
    assert output(WATCH.format(entry=entry)) in (threads.ALONE, threads.CROWDED)


@pytest.mark.parametrize(
    ("load", "others", "spins"),
    [(0.1, None, threads.ALONE), (3.0, 0.0, threads.ALONE), (3.0, 1.0, threads.CROWDED), (0.6, 0.2, threads.ALONE)],
)
def test_threads_wait_by_what_others_compute(load, others, spins, monkeypatch):
    """A load above 0.5 is measured again, since it may be that of a run that has ended."""
    monkeypatch.setattr(threads.os, "getloadavg", lambda: (load, load, load))
    monkeypatch.setattr(Neighbours, "cores", lambda self: others)
    assert threads.spins() == spins


def test_what_the_user_has_set_stays():
    assert output(WATCH.format(entry="artesano"), GOMP_SPINCOUNT="7") == "7"
    assert output(WATCH.format(entry="artesano"), OMP_WAIT_POLICY="ACTIVE") == "None"


@pytest.mark.parametrize(
    ("order", "late"),
    [("import artesano; sys.modules['torch'] = sys", "False"), ("sys.modules['torch'] = sys; import artesano", "True")],
)
def test_after_torch_it_is_too_late(order, late):
    assert output(f"import sys; {order}; print(artesano.threads.TOO_LATE)") == late


@pytest.mark.parametrize(
    ("others", "count", "cores", "line"),
    [
        (0.0, 2, 2, None),
        (0.2, 2, 2, None),
        (1.0, 1, 2, None),
        (float("nan"), 2, 2, None),
        (1.0, 2, 2, "other processes use 1.0 of 2 cores: training will be slower; OMP_NUM_THREADS=1 may help"),
        (1.6, 1, 2, "other processes use 1.6 of 2 cores: training will be slower"),
        (30.0, 8, 64, None),
    ],
)
def test_a_crowded_machine_is_named(others, count, cores, line, monkeypatch):
    monkeypatch.setattr(threads, "TOO_LATE", False)
    assert crowded(others, count, cores) == line


def test_notebooks_that_imported_torch_first_get_the_reason(monkeypatch):
    monkeypatch.setattr(threads, "TOO_LATE", True)
    assert crowded(1.0, 2, 2).endswith("; OMP_NUM_THREADS=1 may help; so may importing artesano before torch")


def test_own_work_is_no_neighbours(monkeypatch):
    spent = iter([(100.0, 10.0), (103.0, 11.0)])
    monkeypatch.setattr(threads, "used", lambda: next(spent))
    now = iter([50.0, 52.0])
    monkeypatch.setattr(threads.time, "monotonic", lambda: next(now))
    assert Neighbours(next(now), threads.used()).cores() == 1.0
