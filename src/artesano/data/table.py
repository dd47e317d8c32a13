"""Images listed in a CSV file, one row each: path and label or labels, and the split if you like."""

import functools
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import Field

from artesano.data.class_choice import alike
from artesano.data.csv_rows import MOST_NAMES, Rows, line_numbers, read_rows, wrong_parts
from artesano.data.dataset import ImageData
from artesano.data.labels import as_array
from artesano.data.parts import part_of
from artesano.data.row_labels import Columns, OneLabel, Separated, empty
from artesano.data.splits import Files, Split
from artesano.errors import BadInput, nearest
from artesano.file_names import expanded


@dataclass(frozen=True)
class Row:
    """An image of the table; `part` is None where the split column holds another word."""

    path: str
    labels: tuple[str, ...]
    part: str | None
    line: int


@dataclass(kw_only=True)
class Table(ImageData):
    """A CSV with a header line; its separator may be a comma, a semicolon, a tab or a bar.

    Args:
        file: the CSV.
        path_column: its paths are relative to the CSV's folder, or absolute.
        label_column: class names or numbers.
        label_separator: what stands between the labels of an image in `label_column`, as `;` in `cat;dog`; an empty
            cell is an image with none of the labels. None = one label each.
        label_columns: instead of `label_column`, a column for each label, with 1 where an image has it, else 0.
        split_column: train, val or test for each row; None = cut.
    """

    file: str
    path_column: str = "path"
    label_column: str = "label"
    label_separator: Annotated[str, Field(min_length=1)] | None = None
    label_columns: Annotated[list[str], Field(min_length=1)] | None = None
    split_column: str | None = None

    def place(self) -> str:
        return self.file

    def base(self) -> Path:
        return expanded(self.file).absolute().parent

    def read_splits(self) -> tuple[list[str], dict[str, Split]]:
        rows, _ = self._images
        classes = self.labelling.classes([row.labels for row in rows])
        number = {name: label for label, name in enumerate(classes)}
        listed: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            listed[str(row.part)].append(row)
        if "train" not in listed:
            raise BadInput(f"data.split_column: no row of '{self.file}' says train")
        splits = {}
        for part, some in listed.items():
            paths = [row.path for row in some]
            numbers = [tuple(number[name] for name in row.labels) for row in some]
            form = tuple if self.several else int
            labels = as_array(numbers if self.several else [one for (one,) in numbers], len(classes), form)
            splits[part] = Split(labels, paths, Files(paths))
        return classes, splits

    def notes(self) -> list[str]:
        return self._images[1]

    @property
    def several(self) -> bool:
        return self.labelling.several

    @functools.cached_property
    def labelling(self) -> OneLabel:
        """Where a row has its labels."""
        if self.label_columns is not None:
            return Columns(self.label_column, names=tuple(self.label_columns))
        if self.label_separator is not None:
            return Separated(self.label_column, self.label_separator)
        return OneLabel(self.label_column)

    @functools.cached_property
    def _images(self) -> tuple[list[Row], list[str]]:
        """Each image once, and notes."""
        table = read_rows(self.file, [self.path_column, *self.labelling.columns])
        self._check_columns(table)
        notes = [] if table.encoding == "utf-8" else [f"'{table.file}' is no UTF-8; it was read as Latin-1"]
        by_image: dict[str, list[Row]] = defaultdict(list)
        for line, text in zip(table.lines, table.rows, strict=True):
            if name := text[self.path_column]:
                row = Row(table.path(name), self.labelling.of(text), self._part(text), line)
                by_image[os.path.realpath(row.path)].append(row)
        gone = [rows[0] for rows in by_image.values() if not os.path.exists(rows[0].path)]
        missing = self._missing(table, gone, len(by_image))
        problems = [
            *table.problems,
            *empty(table, self.path_column),
            *self.labelling.problems(table),
            *(wrong_parts(table, self.split_column, "data.split_column") if self.split_column else ()),
            *self._repeated(table, by_image),
        ]
        if problems or len(gone) == len(by_image):
            raise BadInput(*problems, *missing)
        again = [row.line for rows in by_image.values() for row in rows[1:]]
        if again:
            once = "counts once" + (", with the labels of all its rows" if self.labelling.joined else "")
            notes.append(f"{len(again)} rows of '{table.file}' repeat an image, which {once} ({line_numbers(again)})")
        notes += self.labelling.notes(table)
        rows = [
            replace(rows[0], labels=tuple(dict.fromkeys(name for row in rows for name in row.labels)))
            for rows in by_image.values()
        ]
        notes += alike(self.labelling.classes([row.labels for row in rows]), "give their rows one label")
        notes += [line.removeprefix("data.file: ") for line in missing]
        return rows, notes

    def _check_columns(self, table: Rows) -> None:
        if self.label_columns is not None and self.label_separator is not None:
            raise BadInput("data.label_separator and data.label_columns were both given; choose one")
        needed = [("data.path_column", self.path_column)]
        needed += [(self.labelling.key, column) for column in self.labelling.columns]
        needed += [("data.split_column", self.split_column)] if self.split_column else []
        columns = table.columns
        problems = [
            f"{key}: '{table.file}' has no column '{name}'; it has {', '.join(columns) or 'none'}."
            + nearest(name, columns)
            for key, name in needed
            if name not in columns
        ]
        if problems:
            raise BadInput(*problems)

    def _missing(self, table: Rows, gone: Sequence[Row], images: int) -> list[str]:
        """A line on the files that are not there, if there are some."""
        if not gone:
            return []
        if len(gone) == images:
            return [
                f"data.file: none of the files that '{table.file}' lists exists, e.g. '{gone[0].path}'. Paths are "
                "relative to its folder, or absolute"
            ]
        names = ", ".join(os.path.basename(row.path) for row in gone[:MOST_NAMES])
        rest = f" and {len(gone) - MOST_NAMES} more" if len(gone) > MOST_NAMES else ""
        return [
            f"data.file: '{table.file}' lists {len(gone)} of {images} files that are not there: {names}{rest} "
            f"({line_numbers([row.line for row in gone])})"
        ]

    def _repeated(self, table: Rows, by_image: dict[str, list[Row]]) -> Iterator[str]:
        """An image has one label, unless its rows add theirs, and lies in one part; what is no label or part is told
        elsewhere."""
        values = {
            "label": (self.labelling.key, lambda row: ";".join(row.labels) if self.several else row.labels[0] or None),
            "part": ("data.split_column", lambda row: row.part),
        }
        for what in ("part",) if self.labelling.joined else ("label", "part"):
            key, value = values[what]
            twice = [rows for rows in by_image.values() if len(set(map(value, rows)) - {None}) > 1]
            if twice:
                rows = twice[0]
                places = ", ".join(f"'{value(row)}' in line {row.line}" for row in rows[:3])
                yield (
                    f"{key}: {len(twice)} images of '{table.file}' have more than one {what}, the first "
                    f"'{Path(rows[0].path).name}': {places}"
                )

    def _part(self, row: dict[str, str]) -> str | None:
        return "train" if self.split_column is None else part_of(row[self.split_column])
