"""A search space in a file, and workers whose trials cost no training."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture
def outputs(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTESANO_OUTPUTS", str(tmp_path / "outputs"))
    return tmp_path / "outputs"


@pytest.fixture
def space(tmp_path):
    content = {
        "overrides": ["task=transfer"],
        "objectives": {"val/accuracy": "max"},
        "pruner": "median",
        "space": {"optimizer.lr": {"low": 1e-4, "high": 1e-2, "log": True}, "strategy": ["full", "partial"]},
    }
    path = tmp_path / "little.yaml"
    path.write_text(yaml.safe_dump(content))
    return str(path)


@pytest.fixture(scope="session")
def postgres():
    """The URL of a PostgreSQL of this session's own."""
    sys.path.insert(0, str(SCRIPTS))
    try:
        from private_postgres import MISSING, private_postgres
    finally:
        sys.path.remove(str(SCRIPTS))
    with private_postgres() as url:
        if url is None:
            pytest.skip(MISSING)
        yield url


CHEAP = """
import random, sys, time
from artesano.sweep import alive, run, worker
from artesano.sweep.options import SweepOptions
from artesano.sweep.trial import Outcome

machine, *words = sys.argv[1:]
alive.HERE = machine

def run_trial(words, place, trial, *rest):
    place.mkdir()  # never one that is there
    time.sleep(random.uniform(0.01, 0.1))
    return Outcome("complete", [random.random()], 10)

worker.run_trial = run_trial
run.check_overrides = lambda *_: None
sys.exit(run.sweep(SweepOptions.of(words)))
"""


@pytest.fixture
def cheap():
    """Start a worker on a machine of this name, with outputs of its own."""
    started = []

    def start(machine, outputs, *words, **env):
        command = [sys.executable, "-c", CHEAP, machine, *words]
        env = os.environ | {"ARTESANO_OUTPUTS": str(outputs)} | env
        started.append(subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
