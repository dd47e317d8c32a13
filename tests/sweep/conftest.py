"""A search space in a file, and workers whose trials cost no training."""

import sys
from pathlib import Path

import pytest
import yaml

from fresh import Command

SCRIPTS = Path(__file__).parents[2] / "scripts"


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


@pytest.fixture
def cheap():
    """Start a worker on a machine of this name, with outputs of its own."""
    started = []

    def start(machine, outputs, *words, **env):
        started.append(Command(machine, *words, module="cheap", **{"ARTESANO_OUTPUTS": str(outputs)} | env))
        return started[-1]

    yield start
    for process in started:
        process.job.kill()
