"""docs/architecture.md: the examples run as they stand, and the table of rooms is the rule that imports are held to."""

import importlib.util
import re
import shlex
import sys
from pathlib import Path

import pytest

import artesano
from artesano.errors import BadInput
from artesano.kinds.transfer import pictures as classification_pictures

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
FILES = re.findall(r"^`([\w/]+\.(?:py|yaml))`:\n\n```\w+\n(.*?)```", TEXT, re.DOTALL | re.MULTILINE)
COMMANDS = re.findall(r"^python -m artesano train (.*)$", TEXT, re.MULTILINE)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder that holds the files of the page, as a reader would have copied them."""
    for name, content in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("ARTESANO_PLUGINS", "mine")
    monkeypatch.setenv("ARTESANO_OUTPUTS", str(tmp_path / "outputs"))
    monkeypatch.setattr(classification_pictures, "draw", lambda *_: [])  # half of the time, and tested elsewhere
    yield tmp_path
    for name in [name for name in sys.modules if name.split(".")[0] == "mine"]:
        del sys.modules[name]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.split()[0])
def test_an_example_runs(project, command):
    run = artesano.train(*shlex.split(command), "logger.wandb.mode=disabled", "trainer=cpu")
    assert run.record["status"] == "finished"
    assert run.record["task"] != "transfer" or 0 <= run.metrics["test/accuracy"] <= 1


def test_each_addition_has_one_class_and_one_short_yaml():
    of_kind = [name for name, _ in FILES if "autoencoder" in name or name == "mine/__init__.py"]
    classes = [content for name, content in FILES if name.endswith(".py") and name not in of_kind]
    yamls = [content for name, content in FILES if name.endswith(".yaml")]
    assert len(classes) == len(yamls) - 1 == len(COMMANDS) - 1 == 6
    assert len(of_kind) == 5
    assert all(len(re.findall(r"^class ", content, re.MULTILINE)) == 1 for content in classes)
    assert all(len(content.splitlines()) <= 10 for content in yamls)


def test_annotations_are_the_schema(project):
    with pytest.raises(BadInput, match=r"data\.samples"):
        artesano.train("data=bars", "data.samples=5")
    with pytest.raises(BadInput, match="'samples'"):
        artesano.train("data=bars", "data.smaples=5")
    assert not (project / "outputs").exists()


def test_the_table_of_rooms_is_the_rule():
    spec = importlib.util.spec_from_file_location("rule", ROOT / "tests" / "test_imports.py")
    rule = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(rule)
    rows = re.findall(r"^\| `(\w+)` \| .*? \| (.*?) \|$", TEXT.split("## The life")[0], re.MULTILINE)
    written = {room: set() if rooms == "-" else set(rooms.split(", ")) for room, rooms in rows}
    assert written == {room: set(may) for room, may in rule.MAY_IMPORT.items()}
    assert set(rule.MAY_IMPORT) == {file.parent.name for file in (ROOT / "src" / "artesano").glob("*/__init__.py")}
