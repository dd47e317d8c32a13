"""Lines for a terminal, wrapped at words; in a file or a pipe each stays whole. Imports neither rich nor torch."""

from __future__ import annotations

import argparse
import logging
import re
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

INDENT = "  "  # of the further rows of a line
WHOLE = re.compile(r"`[^`]*`|(?<=\S {2})\S.*")  # stays in one row: what is quoted, what follows two spaces
EXAMPLE = re.compile(r"(\s*\S.*?)\s{2,}(\S.*)")  # an example, and in a column of its own what it does


def wrapped(text: str, stream: TextIO, indent: str = INDENT) -> str:
    """The text for this stream: on a terminal in lines that break at spaces only, further ones indented."""
    return broken(text, width(), indent) if stream.isatty() else text


def width() -> int:
    """Letters of a line of the terminal."""
    return shutil.get_terminal_size().columns


def broken(text: str, width: int, indent: str = "") -> str:
    """Lines of at most `width` letters, broken at spaces only: a path or a command that is longer stays whole."""
    fill = {"break_long_words": False, "break_on_hyphens": False, "subsequent_indent": indent}
    return "\n".join(textwrap.fill(line, max(width, 20), **fill) for line in text.split("\n"))  # type: ignore[arg-type]


def say(console: Console, line: str, markup: bool = True) -> None:
    """Print a line with rich: on a terminal in rows that break at spaces, further ones indented; as it is elsewhere.

    What is there to be copied stays whole: what is in backticks, and what follows two spaces, a path or a command.
    Rich's own wrapping breaks long words, or (overflow="ignore") breaks nothing.
    """
    if not console.is_terminal:
        console.print(line, markup=markup, highlight=False, soft_wrap=True)
        return
    from rich.text import Text

    text = console.render_str(line, markup=markup, highlight=False)
    held = WHOLE.sub(lambda part: part[0].replace(" ", "\xa0"), text.plain)
    rows, at = [], 0
    for row in broken(held, console.width, INDENT).split(f"\n{INDENT}"):
        at = held.index(row, at)
        rows.append(text[at : at + len(row)])
        at += len(row)
    console.print(Text(f"\n{INDENT}").join(rows), overflow="ignore", crop=False)


class LogFormatter(logging.Formatter):
    """Messages of loggers, for the error stream."""

    def format(self, record: logging.LogRecord) -> str:
        return wrapped(super().format(record), sys.stderr)


class HelpFormatter(argparse.HelpFormatter):
    """Paragraphs are filled to the terminal's width; a line of an example that is too long becomes two."""

    def start_section(self, heading: str | None) -> None:
        super().start_section(broken(heading, self._width) if heading else heading)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines: list[str] = []
        paragraph: list[str] = []
        for line in [*text.split("\n"), ""]:
            if line and not line.startswith((" ", "artesano ")):
                paragraph.append(line)
                continue
            if paragraph:
                lines.append(broken(" ".join(paragraph), width))
                paragraph = []
            lines.append(example(line, width))
        return "\n".join(lines).rstrip()


def example(line: str, width: int) -> str:
    """As it is where it fits; else what it does goes to a line of its own, further indented."""
    if len(line) <= width:
        return line
    parts = EXAMPLE.fullmatch(line)
    command, what = parts.groups() if parts else (None, line) if line.startswith(" " * 12) else (line, None)
    above = [] if command is None else [broken(command, width, "      ")]
    below = [] if what is None else [broken(" " * 6 + what.strip(), width, " " * 6)]
    return "\n".join(above + below)
