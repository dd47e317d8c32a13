"""What a terminal shows at several widths: nothing is wider, nothing that matters is left out, no word is broken."""

import importlib
import io
import re

import pytest
from rich.console import Console
from rich.progress import Progress

from artesano import lines
from artesano.cli import COMMANDS, Parser, main, overview
from artesano.experiment.validation_table import ValidationTable
from artesano.progress_bars import Display, OneLine, clock, progress

WIDTHS = (50, 60, 80, 100, 120)


def terminal(width):
    return Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None, legacy_windows=False)


def shown(width, **fields):
    console = terminal(width)
    bar = Progress(console=console)
    task = bar.add_task("training", total=300, completed=120, start=True, **fields)
    console.print(OneLine(bar.tasks[task]))
    (line,) = console.file.getvalue().splitlines()
    return line


@pytest.mark.parametrize("width", WIDTHS)
def test_a_bar_keeps_steps_metric_and_times_at_any_width(width):
    line = shown(width, metric="accuracy 0.9132", losses="discriminator 1.23 generator 0.846")
    assert len(line) <= width
    for part in ("120/300", "accuracy 0.9132", "0:00", "left -:--"):
        assert part in line
    assert ("━" in line) == (width >= 80)
    assert ("generator" in line) == (width >= 100)


def test_a_bar_without_a_metric_says_nothing_of_it():
    assert not re.search("nan|· ·", shown(80))


def test_a_bar_within_a_bar_is_a_line_of_it():
    console = terminal(80)
    with Display(console) as display:
        display.add_task("training", total=3)
        for number in progress([1, 2], 2, "features"):
            assert [task.description for task in display.tasks] == ["training", "features"], number
        assert len(display.tasks) == 1
    assert Display.shown is None


def test_bars_are_silent_in_a_pipe(capsys):
    assert list(progress(range(100), 100, "features")) == list(range(100))
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "-:--"), (0, "0:00"), (7.9, "0:07"), (754, "12:34"), (3723, "1:02:03")]
)
def test_clock(seconds, text):
    assert clock(seconds) == text


VALUES = ["train loss", "accuracy", "macro_f1", "ece", "nll", "accuracy_top5"]


@pytest.mark.parametrize("width", [*WIDTHS, None])
def test_the_table_of_validations_is_aligned_and_fits(width):
    table = ValidationTable(["epoch", "step"], VALUES, ["train loss", "nll"], width, most=5)
    rows = [table.line(["1", "63"], dict.fromkeys(VALUES, 0.5), "0:04")]
    rows.append(table.line(["12", "756"], {"train loss": 123.4567, "nll": float("nan")}, "1:00:04"))
    assert len({len(row) for row in [table.head(), *rows]}) == 1
    assert width is None or len(table.head()) <= max(width, 50)
    for name in ("epoch", "step", "train loss", "nll", "time"):
        assert name in table.head()
    assert ("accuracy_top5" in table.head()) == (width in (100, 120, None))
    assert re.split(r" {2,}", rows[1].strip())[:3] == ["12", "756", "123.46"]


@pytest.mark.parametrize("width", [40, 80, 100])
def test_messages_break_at_spaces_only(width):
    text = "artesano: data.root=/home/somebody/a-rather-long-folder/with/photos-of-birds: no such folder; give " * 3
    broken = lines.broken(text, width, "  ")
    assert broken.split() == text.split()
    assert all(len(line) <= width or len(line.split()) == 1 for line in broken.splitlines())


def test_messages_stay_whole_in_a_pipe(capsys):
    assert main(["train", "no_such_key=1"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("command", COMMANDS)
def test_help_breaks_no_word(command, width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    module = importlib.import_module(f"artesano.commands.{command}")
    parser = Parser(prog=f"artesano {command}", description=module.__doc__, formatter_class=lines.HelpFormatter)
    module.add(parser)
    text = parser.format_help()
    assert all(len(line) <= width for line in text.splitlines())
    assert set(module.__doc__.split()) <= set(text.split())


@pytest.mark.parametrize("width", [80, 100])
def test_the_overview_fits(width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    assert all(len(line) <= width for line in overview().splitlines())
