"""Output of a comparison: terminal, standard output, HTML page."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from rich.console import Console

from artesano.compare.table import Comparison
from artesano.compare.text import FORMATS, terminal, troubled
from artesano.errors import BadInput
from artesano.extras import require


def to_terminal(comparison: Comparison) -> None:
    """The table of the rows, and that of what has not finished; outside a terminal as wide as COLUMNS, else 200."""
    console = Console(width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else 200)
    console.print(terminal(comparison, console.width))
    if (table := troubled(comparison.without)) is not None:
        console.print(table)


def to_program(comparison: Comparison, form: str) -> None:
    """One of FORMATS.

    Raises:
        BadInput: the disk behind `> runs.csv` is full.
    """
    try:
        print(FORMATS[form](comparison), end="", flush=True)
    except BrokenPipeError:  # the reader has closed the pipe
        raise
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still held cannot be written either
        raise BadInput(f"--{form}: standard output cannot be written ({error.strerror}).") from None


def to_page(comparisons: Sequence[Comparison], path: str, about: str) -> None:
    """One HTML file, with a part for each kind of runs.

    Raises:
        BadInput: Plotly is not installed, there is nothing to show, or the file cannot be written; what was there
            before stays.
    """
    require("pages", "compare --html", "plotly")
    from artesano.compare.report import write_report

    shown = [comparison for comparison in comparisons if comparison.rows]
    if not shown:
        count = sum(len(comparison.without) for comparison in comparisons)
        raise BadInput(f"{path}: none of the {count} runs has a result to show yet.")
    try:
        write_report(shown, path, about)
    except OSError as error:
        raise BadInput(f"--html {path}: cannot be written ({error.strerror or error}).") from None
    print(f"page: {path}")
