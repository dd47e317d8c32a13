"""What a terminal shows at several widths: nothing is wider, nothing that matters is left out, no word is broken."""

import errno
import importlib
import io
import os
import re
import subprocess
import sys

import pytest
from rich.console import Console
from rich.progress import Progress

from artesano import lines
from artesano.cli import COMMANDS, Parser, main, overview
from artesano.errors import pipe_closed
from artesano.experiment.validation_table import ValidationTable
from artesano.progress_bars import Display, OneLine, clock, progress
from artesano.runs import record
from artesano.runs.metrics import read_rows
from artesano.unread import going_on_unread
from fresh import Command

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


def said(width, *line, is_terminal=True, **style):
    console = Console(file=io.StringIO(), width=width, force_terminal=is_terminal, color_system=None)
    lines.say(console, *line, **style)
    return console.file.getvalue()


FOLDER = "/home/Somebody Else/outputs/transfer/0007-photos-of-birds-partial-tf_efficientnet_lite0"
COMMAND = "`artesano options backbone='tf_efficientnet_lite0.*'`"


@pytest.mark.parametrize("width", [40, 80, 100])
def test_a_line_breaks_at_spaces_and_what_is_copied_stays_whole(width):
    text = f"[bold]health[/]: a verdict of some words that need more than a row of the screen; {COMMAND} lists them all"
    rows = said(width, text).splitlines()
    assert " ".join(row.strip() for row in rows) == text.replace("[bold]", "").replace("[/]", "")
    assert all(len(row) <= width or row.strip() == COMMAND for row in rows)
    assert len(rows) > 1
    assert any(COMMAND in row for row in rows)
    assert (
        said(width, f"continue with  artesano resume {FOLDER}", markup=False)
        .splitlines()[-1]
        .endswith(f"artesano resume {FOLDER}")
    )
    assert said(width, f"run folder  {FOLDER}[1]", markup=False).splitlines()[-1].endswith(f" {FOLDER}[1]")
    assert said(width, f"{'x' * (width - 9)} and last") == f"{'x' * (width - 9)} and last\n"
    assert said(width, "short  and [x]", markup=False) == "short  and [x]\n"


def test_a_line_is_one_row_in_a_pipe():
    assert said(40, f"{COMMAND} " * 5, is_terminal=False).count("\n") == 1


def test_the_style_of_a_line_goes_on_in_the_next_row():
    console = Console(file=io.StringIO(), width=30, force_terminal=True, color_system="standard")
    lines.say(console, "[yellow]one two three four five six seven eight[/]")
    rows = console.file.getvalue().splitlines()
    assert len(rows) == 2
    assert all(row.strip().startswith("\x1b[33m") for row in rows)


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


@pytest.mark.parametrize("words", [["options"], ["options", "backbone"], ["--help"]])
def test_a_closed_pipe_ends_a_command_quietly(words):
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "artesano", *words]
    ended = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (141, b"")


def test_a_run_goes_on_to_its_end_where_nobody_reads(outputs):
    words = ["backbone=test_resnet", "weights.source=none", "image_size=32", "max_steps=3", "eval_every=1"]
    quick = ["data.batch_size=4", "data.shots=2", "trainer=cpu", "strategy=full", "logger.wandb.mode=disabled"]
    printed = Command("train", *words, *quick, module="to_head").ended()
    assert len(printed.splitlines()) == 1
    (folder,) = (path.parent for path in outputs.glob("transfer/*/run.json"))
    assert record.read(folder)["status"] == "finished"
    assert {row[0] for row in read_rows(folder / "metrics.csv")} >= {1, 2, 3}


def test_what_is_written_unread_goes_nowhere_and_ends_with_the_context(monkeypatch):
    reader, writer = os.pipe()
    with os.fdopen(writer, "w", buffering=1) as stream, monkeypatch.context() as patch:
        patch.setattr("sys.stdout", stream)
        with going_on_unread():
            print("read")
            os.close(reader)
            for _ in range(3):
                print("unread", flush=True)
            Console().print("nor does rich exit")
        assert sys.stdout is stream
        print("no error either", flush=True)


class Closed(io.StringIO):
    def write(self, text):
        raise BrokenPipeError


def test_other_ends_of_a_program_are_not_taken_for_a_closed_pipe(monkeypatch):
    assert pipe_closed(BrokenPipeError())
    assert not pipe_closed(SystemExit(1))
    monkeypatch.setattr("os.dup2", lambda *descriptors: None)  # rich sends what is still held nowhere
    console = Console(file=Closed())
    with pytest.raises(SystemExit) as ended:
        console.print("rich exits where the reader has gone")
    assert pipe_closed(ended.value)


class Full(io.StringIO):
    def flush(self):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_hides_no_error_and_leaves_the_streams_as_they_were(monkeypatch):
    full = Full()
    monkeypatch.setattr("sys.stdout", full)
    with pytest.raises(ZeroDivisionError), going_on_unread():
        print(1 / 0)
    assert sys.stdout is full
