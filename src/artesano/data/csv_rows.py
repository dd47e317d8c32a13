"""The rows of a table of images, however a spreadsheet has written it: separators, encodings, blanks, line numbers."""

from __future__ import annotations

import csv
import io
import math
import os
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from artesano.data.parts import COMMON, part_of
from artesano.errors import BadInput, nearest
from artesano.file_names import expanded

SEPARATORS = ",;\t|"
MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
MOST_LINES = 5  # line numbers in one message
MOST_NAMES = 3  # files, words or columns in one message


@dataclass
class Rows:
    """A table as text.

    Attributes:
        file: absolute.
        columns: names without blanks around them.
        rows: [N], column -> text without blanks around it.
        lines: [N], where each row begins in the file, from 1.
        encoding: UTF-8, or what was read instead.
        problems: a line on the rows that are left out because they have more fields than the header.
    """

    file: Path
    columns: list[str]
    rows: list[dict[str, str]]
    lines: list[int]
    encoding: str
    problems: list[str] = field(default_factory=list)

    def path(self, text: str) -> str:
        """The file that a row names: relative to the table's folder, or absolute.

        As it stands if there is such a file; else with `\\` as `/`, with composed or decomposed letters, or with the
        bytes that the table has. Where there is none, as it stands.
        """
        ways = [text, text.replace("\\", "/")]
        ways += [unicodedata.normalize(form, way) for way in ways for form in ("NFC", "NFD")]
        if self.encoding == "latin-1":
            ways += [os.fsdecode(way.encode("latin-1")) for way in ways[:2]]
        paths = [os.path.normpath(self.file.parent / expanded(way)) for way in dict.fromkeys(ways)]
        return next((path for path in paths if os.path.lexists(path)), paths[0])


def read_rows(file: str | Path, needed: Sequence[str] = (), any_case: bool = False) -> Rows:
    """A table with a header line.

    Args:
        needed: columns by which the separator is told: comma, semicolon, tab or bar.
        any_case: columns are turned into small letters.

    Raises:
        BadInput: no such file, no text, or no rows.
    """
    path = expanded(file).absolute()
    if not path.is_file():
        siblings = [entry.name for entry in path.parent.glob("*.csv")]
        raise BadInput(f"data.file: there is no file '{path}'.{nearest(path.name, siblings)}")
    text, encoding = _decoded(path)
    begun = text.lstrip("\n\r")
    first = begun.partition("\n")[0]
    skipped = 0
    if first.lower().startswith("sep=") and len(first.strip()) == 5:  # as Excel is told it
        blank = text[: len(text) - len(begun)]
        text, skipped = begun.partition("\n")[2], len(blank.splitlines()) + 1
    separator = _separator(text, needed, any_case)
    rows: list[list[str]] = []
    lines: list[int] = []
    long: list[int] = []
    end = skipped
    try:
        # strict: else a quote that nothing closes swallows all rows that follow
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        columns: list[str] = []
        for fields in reader:
            begin, end = end + 1, reader.line_num + skipped
            if not any(field.strip() for field in fields):
                continue
            if not columns:
                columns = [name.strip().lower() if any_case else name.strip() for name in fields]
                continue
            if any(field.strip() for field in fields[len(columns) :]):
                long.append(begin)
                continue
            rows.append([field.strip() for field in fields])
            lines.append(begin)
    except csv.Error as error:
        raise BadInput(
            f"data.file: '{path}' cannot be read as a table from line {end + 1} on: {error}. A field in quotes begins "
            'and ends with one, and has two for each quote inside of it: "5"" disk"'
        ) from error
    if not rows and not long:
        raise BadInput(f"data.file: '{path}' has a header and no rows" if columns else f"data.file: '{path}' is empty")
    problems = []
    if long:
        problems.append(
            f"data.file: {line_numbers(long)} of '{path}' has more fields than the header, which has {len(columns)}; "
            f"write a field that holds {_called(separator)} in quotes"
        )
    named = [dict(zip(columns, row + [""] * len(columns), strict=False)) for row in rows]
    return Rows(path, columns, named, lines, encoding, problems)


def line_numbers(lines: Sequence[int]) -> str:
    """`line 3`, or `lines 3, 4, 5, 6, 7 and 12 more`."""
    rest = f" and {len(lines) - MOST_LINES} more" if len(lines) > MOST_LINES else ""
    return f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines[:MOST_LINES]))}{rest}"


def wrong_parts(table: Rows, column: str, key: str) -> Iterator[str]:
    """A line for each word of a column that is no part, the first few of them.

    Args:
        key: of the config, with which the messages begin.
    """
    lines: dict[str, list[int]] = {}
    for line, row in zip(table.lines, table.rows, strict=True):
        if part_of(row[column]) is None:
            lines.setdefault(row[column], []).append(line)
    for word, some in list(lines.items())[:MOST_NAMES]:
        yield (
            f"{key}: '{word}' in {line_numbers(some)} of '{table.file}' is not a split; "
            f"accepted: train, val, test.{nearest(word.lower(), COMMON)}"
        )
    if len(lines) > MOST_NAMES:
        yield f"{key}: {len(lines) - MOST_NAMES} other words of '{table.file}' are not splits either"


def natural(name: str) -> tuple[int, float, str]:
    """Numbers before words, and 2 before 10. `nan` is a word: it has no place among numbers."""
    try:
        number = float(name)
    except ValueError:
        number = math.nan
    return (0, number, name) if math.isfinite(number) else (1, 0.0, name)


def _decoded(path: Path) -> tuple[str, str]:
    """UTF-8, UTF-16 with its mark, else Latin-1 in Windows' form."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"data.file: '{path}' cannot be read: {error.strerror}") from error
    encoding = MARKS.get(content[:2]) or MARKS.get(content[:3]) or "utf-8"
    if b"\0" in content and encoding != "utf-16":
        raise BadInput(f"data.file: '{path}' is no CSV: it is no text (save a spreadsheet as CSV, in UTF-8)")
    try:
        return content.decode(encoding), "utf-8"
    except UnicodeDecodeError:
        return content.decode("latin-1"), "latin-1"


def _separator(text: str, needed: Sequence[str], any_case: bool) -> str:
    """The one with which the header has most of the needed columns, then most columns."""

    def fit(separator: str) -> tuple[int, int]:
        try:
            header: list[str] = next(csv.reader(io.StringIO(text.lstrip(), newline=""), delimiter=separator), [])
        except csv.Error:  # a quote that nothing closes, before more than a field can hold
            return 0, 0
        names = {name.strip().lower() if any_case else name.strip() for name in header}
        return len(names & set(needed)), len(names)

    return max(SEPARATORS, key=fit)


def _called(separator: str) -> str:
    return {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}[separator]
