"""Progress on the error stream, results on the output stream."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.progress import track

MANY = 64


def progress(sequence: Iterable[Any], total: int, what: str) -> Iterable[Any]:
    """The same items, with a bar where somebody looks and there are many."""
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
