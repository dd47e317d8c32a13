"""Imports run one way (docs/architecture.md); heavy imports stay out of the command line and of what reads records."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "src" / "artesano"
SHARED = {"errors", "seeding", "training"}
MAY_IMPORT = {
    "training": set(),
    "data": set(),
    "figures": set(),
    "backbones": set(),
    "evaluation": {"backbones"},
    "transfer": {"backbones", "data"},
    "gan": {"backbones", "data"},
    "experiment": {"transfer", "gan", "data", "evaluation", "figures", "backbones"},
    "inference": {"transfer", "gan", "data", "backbones", "evaluation", "figures", "experiment"},
    "compare": {"experiment"},
    "sweep": {"experiment", "compare"},
    "commands": {"experiment", "inference", "compare", "sweep", "data", "figures"},
}


def imported_rooms(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("artesano."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {name.name.split(".")[1] for name in node.names if name.name.startswith("artesano.")}
    return found


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_what_it_may(room):
    for file in (ROOT / room).rglob("*.py"):
        beyond = imported_rooms(file) - MAY_IMPORT[room] - SHARED - {room}
        assert not beyond, f"{file.relative_to(ROOT)} imports {beyond}"


@pytest.mark.parametrize(
    "module",
    [
        "artesano.cli",
        "artesano.experiment.record",
        "artesano.experiment.compose",
        "artesano.compare.dashboard_page",
        "artesano.compare.output",
        "artesano.sweep.run",
    ],
)
def test_no_torch(module):
    code = f"import {module}, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_command_of_the_help_exists():
    from artesano.cli import COMMANDS

    for name in COMMANDS:
        assert (ROOT / "commands" / f"{name}.py").is_file(), name
