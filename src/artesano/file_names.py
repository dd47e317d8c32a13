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


class Failure(str):
    """`path: reason` of a file that could not be read; the names of files and the reasons may hold ": " too."""

    path: str
    reason: str

    def __new__(cls, path: str, reason: str) -> Failure:
        failure = super().__new__(cls, f"{path}: {reason}")
        failure.path, failure.reason = path, reason
        return failure

    def __reduce__(self) -> tuple[type[Failure], tuple[str, str]]:  # processes that decode send it
        return Failure, (self.path, self.reason)

    def readable(self) -> Failure:
        """The same, to be written."""
        return Failure(readable(self.path), readable(self.reason))


def grouped(left_out: Iterable[tuple[str, str]], most: int = 3) -> Iterator[str]:
    """`48 left out (.txt is no picture's ending): a.txt, b.txt, c.txt and 45 more`, a line for each reason."""
    yield from _by_reason(left_out, "left out", most)


def remarked(remarks: Iterable[tuple[str, str]], most: int = 3) -> Iterator[str]:
    """`2 used (the first of several frames): a.gif, b.gif` of paths and remarks."""
    return _by_reason(remarks, "used", most)


def failures(skipped: Iterable[Failure], most: int = 3) -> list[str]:
    """`300 skipped (no such file): a.png, b.png, c.png and 297 more`, a line for each reason; one alone as it is."""
    by_reason: dict[str, list[Failure]] = defaultdict(list)
    for failure in skipped:
        by_reason[failure.reason].append(failure)
    alone = [f"skipped {readable(some[0])}" for some in by_reason.values() if len(some) == 1]
    several = [failure for some in by_reason.values() if len(some) > 1 for failure in some]
    return [*_by_reason([(failure.path, failure.reason) for failure in several], "skipped", most), *alone]


def _by_reason(files: Iterable[tuple[str, str]], what: str, most: int) -> Iterator[str]:
    by_reason: dict[str, list[str]] = defaultdict(list)
    for path, reason in files:
        by_reason[reason].append(path)
    for reason, paths in sorted(by_reason.items(), key=lambda group: -len(group[1])):
        names = ", ".join(readable(os.path.basename(path)) for path in paths[:most])
        rest = f" and {len(paths) - most} more" if len(paths) > most else ""
        yield f"{len(paths)} {what} ({reason}): {names}{rest}"
