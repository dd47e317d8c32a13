"""Images listed in a CSV file, one row each: path and label, and the split if you like."""

import functools
import os
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from artesano.data.class_choice import alike
from artesano.data.csv_rows import Rows, line_numbers, natural, read_rows
from artesano.data.dataset import ImageData
from artesano.data.parts import COMMON, part_of
from artesano.data.splits import Files, Split
from artesano.errors import BadInput, nearest
from artesano.file_names import expanded


@dataclass(frozen=True)
class Row:
    """An image of the table."""

    path: str
    label: str
    part: str
    line: int


@dataclass(kw_only=True)
class Table(ImageData):
    """A CSV with a header line; its separator may be a comma, a semicolon, a tab or a bar.

    Args:
        file: the CSV.
        path_column: its paths are relative to the CSV's folder, or absolute.
        label_column: class names or numbers.
        split_column: train, val or test for each row; None = cut.
    """

    file: str
    path_column: str = "path"
    label_column: str = "label"
    split_column: str | None = None

    def place(self) -> str:
        return self.file

    def base(self) -> Path:
        return expanded(self.file).absolute().parent

    def read_splits(self) -> tuple[list[str], dict[str, Split]]:
        rows, _ = self._images
        classes = sorted({row.label for row in rows}, key=natural)
        number = {name: label for label, name in enumerate(classes)}
        listed: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            listed[row.part].append(row)
        if "train" not in listed:
            raise BadInput(f"data.split_column: no row of '{self.file}' says train")
        splits = {}
        for part, some in listed.items():
            paths = [row.path for row in some]
            splits[part] = Split(np.array([number[row.label] for row in some], dtype=np.int64), paths, Files(paths))
        return classes, splits

    def notes(self) -> list[str]:
        return self._images[1]

    @functools.cached_property
    def _images(self) -> tuple[list[Row], list[str]]:
        """Each image once, and notes."""
        table = read_rows(self.file, [self.path_column, self.label_column])
        self._check_columns(table)
        notes = [] if table.encoding == "utf-8" else [f"'{table.file}' is no UTF-8; it was read as Latin-1"]
        by_image: dict[str, list[Row]] = defaultdict(list)
        for line, text in zip(table.lines, table.rows, strict=True):
            label = unicodedata.normalize("NFC", text[self.label_column])
            row = Row(table.path(text[self.path_column]), label, self._part(text, line, table), line)
            by_image[os.path.realpath(row.path)].append(row)
        self._check_repeated(table, by_image)
        again = [row.line for rows in by_image.values() for row in rows[1:]]
        if again:
            notes.append(
                f"{len(again)} rows of '{table.file}' repeat an image, which counts once ({line_numbers(again)})"
            )
        rows = [rows[0] for rows in by_image.values()]
        notes += alike(sorted({row.label for row in rows}), "give their rows one label")
        gone = [row for row in rows if not os.path.exists(row.path)]
        if len(gone) == len(rows):
            raise BadInput(
                f"data.file: none of the files that '{table.file}' lists exists, e.g. '{gone[0].path}'. Paths are "
                "relative to its folder, or absolute"
            )
        if gone:
            names = ", ".join(os.path.basename(row.path) for row in gone[:3])
            rest = f" and {len(gone) - 3} more" if len(gone) > 3 else ""
            notes.append(f"'{table.file}' lists {len(gone)} of {len(rows)} files that are not there: {names}{rest}")
        return rows, notes

    def _check_columns(self, table: Rows) -> None:
        keys = ["path_column", "label_column"] + (["split_column"] if self.split_column else [])
        columns = table.columns
        problems = [
            f"data.{key}: '{table.file}' has no column '{getattr(self, key)}'; it has {', '.join(columns) or 'none'}."
            + nearest(getattr(self, key), columns)
            for key in keys
            if getattr(self, key) not in columns
        ]
        if problems:
            raise BadInput(*problems)
        labels = [row[self.label_column] for row in table.rows]
        broken = [line for line, label in zip(table.lines, labels, strict=True) if "\n" in label]
        if broken:
            raise BadInput(
                f"data.file: a label of '{table.file}' goes over several lines ({line_numbers(broken)}); is a quote "
                "missing, or one too many?"
            )
        empty = {
            column: [line for line, row in zip(table.lines, table.rows, strict=True) if not row[column]]
            for column in (self.path_column, self.label_column)
        }
        problems = [
            f"data.file: {line_numbers(lines)} of '{table.file}' has nothing in column '{column}'"
            for column, lines in empty.items()
            if lines
        ]
        if problems:
            raise BadInput(*problems)

    def _check_repeated(self, table: Rows, by_image: dict[str, list[Row]]) -> None:
        """An image has one label and lies in one part."""
        problems = []
        for what, key in (("label", "label_column"), ("part", "split_column")):
            twice = [rows for rows in by_image.values() if len({getattr(row, what) for row in rows}) > 1]
            if twice:
                rows = twice[0]
                places = ", ".join(f"'{getattr(row, what)}' in line {row.line}" for row in rows[:3])
                problems.append(
                    f"data.{key}: {len(twice)} images of '{table.file}' have more than one {what}, the first "
                    f"'{Path(rows[0].path).name}': {places}"
                )
        if problems:
            raise BadInput(*problems)

    def _part(self, row: dict[str, str], line: int, table: Rows) -> str:
        if self.split_column is None:
            return "train"
        split_name = row[self.split_column]
        part = part_of(split_name)
        if part is None:
            raise BadInput(
                f"data.split_column: '{split_name}' in line {line} of '{table.file}' is not a split; "
                f"accepted: train, val, test.{nearest(split_name.lower(), COMMON)}"
            )
        return part
