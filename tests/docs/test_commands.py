"""Every documented command composes, with its types checked: no command in the docs can rot."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from artesano.cli import COMMANDS
from artesano.config.compose import compose
from artesano.experiment.grids import expand
from artesano.kinds.registry import options_of

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
IN_A_TABLE = re.compile(r"`(artesano [^`]+)`")
PLACEHOLDERS = {"<folder>": ".", "<carpeta>": ".", "<run folder>": ".", "<carpeta del experimento>": "."}


def documented() -> list[str]:
    """Commands of shell blocks, and those in the tables of coming-from.md and README.md, each once."""
    texts = {page.name: page.read_text(encoding="utf-8") for page in PAGES}
    lines = [line for text in texts.values() for block in BLOCK.findall(text) for line in block.splitlines()]
    rows = [row for page in ("coming-from.md", "README.md") for row in texts[page].splitlines() if row.startswith("|")]
    lines += [command for row in rows for command in IN_A_TABLE.findall(row)]
    commands = (line.partition("   #")[0].strip() for line in lines)
    return list(dict.fromkeys(command for command in commands if command.startswith("artesano ")))


def with_every_word(jobs: list[list[str]]) -> Iterator[list[str]]:
    """As few jobs of a grid as hold each of its values once; seeds all compose alike."""
    seen: set[str] = set()
    for job in jobs:
        words = [word for word in job if not word.startswith("seed=")]
        if not seen.issuperset(words):
            seen.update(words)
            yield words


@pytest.mark.slow
@pytest.mark.parametrize("command", [command for command in documented() if command.startswith("artesano train")])
def test_a_documented_run_composes(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("photos", "maps", "fotos", "mapas"):
        Path(folder).mkdir()
    Path("labels.csv").touch()
    for placeholder, real in PLACEHOLDERS.items():
        command = command.replace(placeholder, real)
    assert "<" not in command
    words = shlex.split(command)[2:]
    jobs = expand(words)
    for job in with_every_word(jobs):
        options_of(compose(job).resolved)
    assert ("-m" in words) == (len(jobs) > 1) or "experiment=" in command


def test_every_documented_command_exists():
    commands = documented()
    assert commands
    assert {command.split()[1] for command in commands} <= set(COMMANDS)


def test_the_number_of_gans_is_right():
    count = len(list((ROOT / "configs" / "gan").glob("*.yaml")))
    assert f"`artesano options gan` lists {count}" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"`artesano options gan` enumera {count}" in (ROOT / "docs" / "inicio.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target
