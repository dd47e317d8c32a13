"""Many files in a few lines, and names that are no UTF-8, as archives of other systems bring them, in writing.

Python holds the bytes of such names as lone surrogates: right for opening the file, but no text that can be written.
"""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO


def expanded(place: str | os.PathLike[str]) -> Path:
    """`~` is the user's folder and `~name` that of another; where there is no such user, a file is called so."""
    return Path(os.path.expanduser(place))


def readable(name: str) -> str:
    r"""The same name with such bytes as `\xf1`; what is UTF-8 stays as it is."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return name


def table_writer(stream: TextIO) -> Callable[[Sequence[Any]], object]:
    r"""Writes rows of a CSV, lines ending in `\n`. Before Python 3.13 `csv` leaves a `\r` in a name without quotes, and
    reads it as the end of the line."""
    plain, quoted = (csv.writer(stream, quoting=how, lineterminator="\n") for how in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    return lambda row: (quoted if any("\r" in str(field) for field in row) else plain).writerow(row)


def readable_values(value: Any) -> Any:
    """The same mapping, list or value with every text made readable."""
    if isinstance(value, dict):
        return {name: readable_values(item) for name, item in value.items()}
    if isinstance(value, list):
        return [readable_values(item) for item in value]
    return readable(value) if isinstance(value, str) else value


def grouped(left_out: Iterable[tuple[str, str]], most: int = 3) -> Iterator[str]:
    """`48 left out (.txt is no picture's ending): a.txt, b.txt, c.txt and 45 more`, a line for each reason."""
    yield from _by_reason(left_out, "left out", most)


def remarked(remarks: Iterable[tuple[str, str]], most: int = 3) -> Iterator[str]:
    """`2 used (the first of several frames): a.gif, b.gif` of paths and remarks."""
    return _by_reason(remarks, "used", most)


def failures(skipped: Iterable[str], most: int = 3) -> list[str]:
    """`300 skipped (no such file): a.png, b.png, c.png and 297 more` of lines `path: reason`; one alone as it is."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for line in skipped:
        by_reason[line.partition(": ")[2]].append(line)
    alone = [f"skipped {readable(lines[0])}" for lines in by_reason.values() if len(lines) == 1]
    files = [
        (line.partition(": ")[0], reason) for reason, lines in by_reason.items() if len(lines) > 1 for line in lines
    ]
    return [*_by_reason(files, "skipped", most), *alone]


def _by_reason(files: Iterable[tuple[str, str]], what: str, most: int) -> Iterator[str]:
    by_reason: dict[str, list[str]] = defaultdict(list)
    for path, reason in files:
        by_reason[reason].append(path)
    for reason, paths in sorted(by_reason.items(), key=lambda group: -len(group[1])):
        names = ", ".join(readable(os.path.basename(path)) for path in paths[:most])
        rest = f" and {len(paths) - most} more" if len(paths) > most else ""
        yield f"{len(paths)} {what} ({reason}): {names}{rest}"
