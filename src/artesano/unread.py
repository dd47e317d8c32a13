"""What goes on where nobody reads any more what is printed, as in `artesano train | head`. Imports no torch."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO


class Unread:
    """A stream that writes to nowhere once its reader has gone; in all else it is the stream."""

    def __init__(self, stream: TextIO):
        self.stream = stream

    def write(self, text: str) -> int:
        try:
            return self.stream.write(text)
        except BrokenPipeError:
            self.redirect()
            return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        try:
            self.stream.flush()
        except BrokenPipeError:
            self.redirect()

    def redirect(self) -> None:
        """The file descriptor itself, so that what the stream still holds, and other processes, write there too."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.stream.fileno())
        os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextmanager
def going_on_unread() -> Iterator[None]:
    """What is printed inside raises no BrokenPipeError, and what has begun comes to its end."""
    streams = sys.stdout, sys.stderr
    unread = [stream and Unread(stream) for stream in streams]  # None where a program has no terminal
    sys.stdout, sys.stderr = unread
    try:
        yield
    finally:
        sys.stdout, sys.stderr = streams
        for stream in filter(None, unread):
            with suppress(OSError):  # of a full disk the interpreter's own last flush tells; not in place of an error
                stream.flush()
