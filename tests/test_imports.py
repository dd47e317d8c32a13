"""Imports run one way (docs/architecture.md); heavy imports stay out of the command line and of what reads records."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "src" / "artesano"
SHARED = {"errors", "extras", "seeding", "threads", "training", "progress_bars"}
SHARED |= {"next_steps", "lines", "own_folders", "file_names", "unread"}
MAY_IMPORT = {
    "training": set(),
    "config": set(),
    "data": set(),
    "figures": set(),
    "backbones": {"runs"},
    "runs": {"config"},
    "metrics": {"backbones"},
    "transfer": {"backbones", "data"},
    "gan": {"backbones", "data"},
    "evaluation": {"metrics", "backbones", "data", "transfer", "gan", "config", "runs"},
    "kinds": {
        *("transfer", "gan", "data", "evaluation", "metrics", "figures", "backbones", "config", "runs", "advisor"),
    },
    "experiment": {"kinds", "config", "runs"},
    "compare": {"kinds", "runs", "config", "experiment"},
    "advisor": {"runs", "figures"},
    "sweep": {"experiment", "compare", "runs", "config"},
    "doctor": {"kinds", "experiment", "runs", "config"},
    "commands": {"kinds", "experiment", "compare", "sweep", "doctor", "config", "runs", "data", "figures"},
}


def imported_rooms(file: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("artesano."):
            rooms.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            rooms |= {name.name.split(".")[1] for name in node.names if name.name.startswith("artesano.")}
    return rooms


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_what_it_may(room):
    for file in (ROOT / room).rglob("*.py"):
        beyond = imported_rooms(file) - MAY_IMPORT[room] - SHARED - {room}
        assert not beyond, f"{file.relative_to(ROOT)} imports {beyond}"


def imports_at_the_top(file: Path) -> set[str]:
    """Modules of ours that a file imports when it is loaded; those for type checkers only do not count."""
    names = set()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("artesano"):
            names |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return names


def test_modules_that_are_imported_late_exist():
    """A checker takes a module of ours that is missing for somebody else's."""
    modules = {".".join(file.relative_to(ROOT.parent).with_suffix("").parts) for file in ROOT.rglob("*.py")}
    modules |= {name.removesuffix(".__init__") for name in modules}
    for file in ROOT.rglob("*.py"):
        nodes = list(ast.walk(ast.parse(file.read_text())))
        names = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
        names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
        missing = {name for name in names if name.startswith("artesano")} - modules
        assert not missing, f"{file.relative_to(ROOT)} imports {missing}"


def test_no_circle_of_files():
    files = {".".join(file.relative_to(ROOT.parent).with_suffix("").parts): file for file in ROOT.rglob("*.py")}
    graph = {name: imports_at_the_top(file) & files.keys() - {name} for name, file in files.items()}
    tuple(TopologicalSorter(graph).static_order())  # raises CycleError, which names the circle


@pytest.mark.parametrize(
    "module",
    [
        "artesano.cli",
        "artesano.runs.record",
        "artesano.config.compose",
        "artesano.compare.dashboard_page",
        "artesano.compare.output",
        "artesano.sweep.run",
    ],
)
def test_no_torch(module):
    code = f"import {module}, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_command_is_one_short_file_that_names_no_kind():
    from artesano.cli import COMMANDS
    from artesano.kinds.registry import KINDS

    files = {file.stem: file.read_text() for file in (ROOT / "commands").glob("*.py") if file.stem != "__init__"}
    assert files.keys() == COMMANDS.keys()
    for name, text in files.items():
        assert len(text.splitlines()) <= 60, name
        assert not any(f"kinds.{kind}" in text for kind in KINDS), name
