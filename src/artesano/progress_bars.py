"""Progress on the error stream, results on the output stream."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.progress import Progress, ProgressColumn, Task
from rich.text import Text

from artesano.file_names import Failure, expanded

MANY = 64  # images whose predictions get a bar
SHORTEST = 8  # letters of a bar; where fewer are left there is none


def load_torch() -> None:
    """On a terminal, import what takes seconds, with a line meanwhile; elsewhere it is imported where it is needed."""
    if "pytorch_lightning" in sys.modules or not sys.stderr.isatty():
        return
    print("loading PyTorch ...", end="", file=sys.stderr, flush=True)
    try:
        import pytorch_lightning  # noqa: F401
        import timm  # noqa: F401
    finally:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


class OneLine:
    """A task in one line: steps, metric and times at any width; the name, the losses and the bar where they fit.

    On a screen that is too narrow the bar goes first.

    Args:
        task: its fields `metric` and `losses` are texts, or missing.
    """

    def __init__(self, task: Task):
        self.task = task

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(1, options.max_width)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        task, width = self.task, options.max_width
        steps = "" if task.total is None else f"{int(task.completed)}/{int(task.total)}"
        times = clock(task.finished_time if task.finished else task.elapsed)
        if not task.finished and task.total is not None:
            times += f" · left {clock(task.time_remaining)}"
        needed = [steps, task.fields.get("metric", ""), times]
        losses = task.fields.get("losses", "")
        after = " · ".join(filter(None, needed))
        if losses and len(task.description) + len(after) + len(losses) + 4 <= width:
            after += f" · {losses}"
        room = width - len(task.description) - len(after) - 2
        line = Text(task.description if room >= -1 else "", no_wrap=True, overflow="ellipsis", end="")
        if room >= SHORTEST and task.total is not None:
            line.append_text(drawn(task, room, "-" if options.ascii_only else "━"))
        line.append(f" {after}" if line else after)
        yield line


def drawn(task: Task, width: int, sign: str) -> Text:
    """The bar, after a space."""
    full = round(task.percentage / 100 * (width - 1))
    style = "bar.finished" if task.finished else "bar.complete"
    return Text.assemble(" ", (sign * full, style), (sign * (width - 1 - full), "bar.back"))


def clock(seconds: float | None) -> str:
    """`0:07`, `12:34`, `1:02:03`; dashes for what is not known yet."""
    if seconds is None:
        return "-:--"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class OneLineColumn(ProgressColumn):
    """The only column of a `Display`."""

    def render(self, task: Task) -> OneLine:
        return OneLine(task)


class Display(Progress):
    """Tasks on a terminal, a line each. While one is shown, further ones are lines of it: a terminal has one cursor."""

    shown: Display | None = None
    allowed = True  # False in a process whose terminal is another's, too

    def __init__(self, console: Console, transient: bool = False):
        super().__init__(
            OneLineColumn(), console=console, transient=transient, expand=True, refresh_per_second=4,
            redirect_stdout=not transient,
        )  # fmt: skip

    def start(self) -> None:
        super().start()
        Display.shown = None if self.disable else self

    def stop(self) -> None:
        Display.shown = None
        super().stop()


def progress(sequence: Iterable[Any], total: int, what: str, least: int = 2) -> Iterator[Any]:
    """The same items, with a bar on a terminal while they last, where there are at least so many."""
    console = Console(stderr=True)
    outer = Display.shown
    if total < least or not (outer or (Display.allowed and console.is_terminal)):
        yield from sequence
        return
    display = outer or Display(console, transient=True)
    task = display.add_task(what, total=total)
    if outer is None:
        display.start()
    try:
        for item in sequence:
            yield item
            display.advance(task)
    finally:
        display.remove_task(task)
        if outer is None:
            display.stop()


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """A line on a terminal that says what is done, and for how long already; bars of its parts come below it."""
    console = Console(stderr=True)
    if Display.shown or not (Display.allowed and console.is_terminal):
        yield
        return
    with Display(console, transient=True) as display:
        display.add_task(what, total=None)
        yield


def watched(predictions: Iterable[Any], total: int, what: str, failed: list[Failure]) -> Iterator[Any]:
    """The same predictions, with a bar; unreadable files are noted in `failed` as `path: reason`."""
    for prediction in progress(predictions, total, what, least=MANY):  # rows may appear on the same terminal
        if prediction.error is not None:
            failed.append(Failure(str(prediction.path), prediction.error))
        yield prediction


@contextmanager
def writer(output: str | None) -> Iterator[TextIO]:
    """The file, its folder made where it is missing, or standard output. File names that are no UTF-8 pass through."""
    if output is None:
        yield sys.stdout
        return
    path = expanded(output)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
        yield stream


class NoBars:
    """No display: the interface by which predictions report images and tiles."""

    def image(self, number: int, name: str) -> None:
        """The next image begins, after `number` others."""

    def tiles(self, count: int) -> None:
        """It is cut into so many tiles, none of them done."""

    def tile_done(self) -> None:
        """One more is."""

    def say(self, line: str) -> None:
        """A note for the user."""


class Bars(NoBars):
    """A bar of the images and one of the tiles on the error stream of a terminal; notes in any case.

    Args:
        images: how many there will be.
    """

    def __init__(self, images: int):
        console = Console(stderr=True)
        self.shown = Display(console, transient=True)
        self.shown.disable = not console.is_terminal
        self.of_images = self.shown.add_task("images", total=images)
        self.of_tiles = self.shown.add_task("tiles")

    def __enter__(self) -> Bars:
        self.shown.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.shown.stop()

    def image(self, number: int, name: str) -> None:
        self.shown.update(self.of_images, completed=number, description=shortened(name))

    def tiles(self, count: int) -> None:
        self.shown.update(self.of_tiles, total=count, completed=0)

    def tile_done(self) -> None:
        self.shown.advance(self.of_tiles)

    def say(self, line: str) -> None:
        self.shown.console.print(line, markup=False, highlight=False, soft_wrap=True)


def shortened(name: str, length: int = 40) -> str:
    """The end of a path, which identifies a file better than its beginning."""
    return name if len(name) <= length else "…" + name[1 - length :]
