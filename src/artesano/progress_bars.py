"""Progress on the error stream, results on the output stream."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn, track

MANY = 64


def progress(sequence: Iterable[Any], total: int, what: str) -> Iterable[Any]:
    """The same items, with a bar on a terminal when there are many."""
    console = Console(stderr=True)
    hidden = total < MANY or not console.is_terminal
    return track(sequence, what, total=total, console=console, transient=True, disable=hidden)


def watched(predictions: Iterable[Any], total: int, what: str, failed: list[str]) -> Iterator[Any]:
    """The same predictions, with a bar; unreadable files are noted in `failed` as `path: reason`."""
    for prediction in progress(predictions, total, what):
        if prediction.error is not None:
            failed.append(f"{prediction.path}: {prediction.error}")
        yield prediction


@contextmanager
def writer(output: str | None) -> Iterator[TextIO]:
    """The file, its folder made where it is missing, or standard output. File names that are no UTF-8 pass through."""
    if output is None:
        yield sys.stdout
        return
    path = Path(output).expanduser()
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
        self.shown = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self.of_images = self.shown.add_task("images", total=images)
        self.of_tiles = self.shown.add_task("tiles")

    def __enter__(self) -> Bars:
        self.shown.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.shown.stop()

    def image(self, number: int, name: str) -> None:
        self.shown.update(self.of_images, completed=number, description=escape(shortened(name)))

    def tiles(self, count: int) -> None:
        self.shown.update(self.of_tiles, total=count, completed=0)

    def tile_done(self) -> None:
        self.shown.advance(self.of_tiles)

    def say(self, line: str) -> None:
        self.shown.console.print(line, markup=False, highlight=False, soft_wrap=True)


def shortened(name: str, length: int = 40) -> str:
    """The end of a path, which identifies a file better than its beginning."""
    return name if len(name) <= length else "…" + name[1 - length :]
