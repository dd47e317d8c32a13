"""Where the rows of a table have their labels: one in a column, several in it, or a column of 0 and 1 for each."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from artesano.data.csv_rows import MOST_NAMES, SEPARATORS, Rows, line_numbers, natural

KNOWN = {"0": 0, "1": 1, "0.0": 0, "1.0": 1}  # as spreadsheets and pandas write them


@dataclass(frozen=True)
class OneLabel:
    """A column with one label in each row.

    Attributes:
        several: an image may have several labels.
        joined: the rows of one image each add their labels; else they must be equal.
        key: of the config, for messages.
    """

    column: str
    key = "data.label_column"
    several = False
    joined = False

    @property
    def columns(self) -> list[str]:
        return [self.column]

    def of(self, row: dict[str, str]) -> tuple[str, ...]:
        """The labels of a row."""
        return (unicodedata.normalize("NFC", row[self.column]),)

    def classes(self, labels: Collection[tuple[str, ...]]) -> list[str]:
        """All classes, in order, of the labels of all rows."""
        return sorted({one for some in labels for one in some}, key=natural)

    def problems(self, table: Rows) -> Iterator[str]:
        """A line for each kind of labels that cannot be used."""
        yield from broken(table, self.column)
        yield from empty(table, self.column)
        names = {self.of(row)[0] for row in table.rows}
        for separator in SEPARATORS:
            if joint := next((name for name in names if made_of(name, separator, names)), None):
                yield (
                    f"data.label_column: '{joint}' in column '{self.column}' of '{table.file}' looks like several "
                    f"labels of one image, as each of them is in other rows too. Add data.label_separator='{separator}'"
                )
                return

    def notes(self, table: Rows) -> Iterator[str]:
        """What is worth a line besides."""
        return iter(())


@dataclass(frozen=True)
class Separated(OneLabel):
    """A column with any number of labels, `cat;dog`; nothing = the image has none of them."""

    separator: str = ";"
    several = True
    joined = True

    def of(self, row: dict[str, str]) -> tuple[str, ...]:
        parts = (part.strip() for part in unicodedata.normalize("NFC", row[self.column]).split(self.separator))
        return tuple(dict.fromkeys(filter(None, parts)))

    def problems(self, table: Rows) -> Iterator[str]:
        return broken(table, self.column)

    def notes(self, table: Rows) -> Iterator[str]:
        sizes = Counter(len(self.of(row)) for row in table.rows)
        if max(sizes, default=0) < 2:
            yield (
                f"no row of '{table.file}' has two labels: '{self.separator}' is nowhere between labels in column "
                f"'{self.column}'. Where each image has exactly one, leave data.label_separator out"
            )
        yield from without_labels(table, [not self.of(row) for row in table.rows])


@dataclass(frozen=True)
class Columns(OneLabel):
    """A column for each label, 1 where the image has it and 0 where not."""

    names: tuple[str, ...] = ()
    key = "data.label_columns"
    several = True

    @property
    def columns(self) -> list[str]:
        return list(self.names)

    def of(self, row: dict[str, str]) -> tuple[str, ...]:
        return tuple(unicodedata.normalize("NFC", name) for name in self.names if KNOWN.get(row[name]))

    def classes(self, labels: Collection[tuple[str, ...]]) -> list[str]:
        return [unicodedata.normalize("NFC", name) for name in self.names]

    def problems(self, table: Rows) -> Iterator[str]:
        if twice := [name for name, count in Counter(self.names).items() if count > 1]:
            yield f"data.label_columns: '{twice[0]}' is named twice"
        faulty = 0
        for name in dict.fromkeys(self.names):
            wrong = [line for line, row in zip(table.lines, table.rows, strict=True) if row[name] not in KNOWN]
            faulty += bool(wrong)
            if wrong and faulty <= MOST_NAMES:
                value = next(row[name] for row in table.rows if row[name] not in KNOWN)
                yield (
                    f"data.label_columns: '{value}' in column '{name}' of '{table.file}' ({line_numbers(wrong)}); "
                    "accepted: 1 = the image has the label, 0 = it has not"
                )
        if faulty > MOST_NAMES:
            yield f"data.label_columns: {faulty - MOST_NAMES} other columns of '{table.file}' have such cells too"

    def notes(self, table: Rows) -> Iterator[str]:
        sizes = Counter(len(self.of(row)) for row in table.rows)
        if max(sizes, default=0) < 2:
            yield f"no row of '{table.file}' has two labels; with one for each image, a column of names trains better"
        yield from without_labels(table, [not self.of(row) for row in table.rows])


def broken(table: Rows, column: str) -> Iterator[str]:
    """A label with a line break."""
    lines = [line for line, row in zip(table.lines, table.rows, strict=True) if "\n" in row[column]]
    if lines:
        yield (
            f"data.file: a label of '{table.file}' goes over several lines ({line_numbers(lines)}); is a quote "
            "missing, or one too many?"
        )


def empty(table: Rows, column: str) -> Iterator[str]:
    """A cell with nothing in it."""
    lines = [line for line, row in zip(table.lines, table.rows, strict=True) if not row[column]]
    if lines:
        yield f"data.file: nothing in column '{column}' of '{table.file}' ({line_numbers(lines)})"


def made_of(name: str, separator: str, names: Collection[str]) -> bool:
    """Is it two names or more, each of which other rows have, alone or among others?"""
    parts = {part.strip() for part in name.split(separator)}
    others = {part.strip() for other in names if other != name for part in other.split(separator)}
    return len(parts) > 1 and parts <= others


def without_labels(table: Rows, none: Sequence[bool]) -> Iterator[str]:
    """Images that have none of the labels."""
    if lines := [line for line, nothing in zip(table.lines, none, strict=True) if nothing]:
        yield f"{len(lines)} rows of '{table.file}' have no label, so none of the classes ({line_numbers(lines)})"
