"""Images listed in a CSV file, one row each: path and label, and the split if you like."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from artesano.data.dataset import ImageData
from artesano.data.folder import PART_NAMES
from artesano.data.splits import Files, Split
from artesano.errors import BadInput, nearest


@dataclass(kw_only=True)
class Table(ImageData):
    """A CSV with a header line, in UTF-8.

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
        return Path(self.file).expanduser().absolute().parent

    def read_splits(self) -> tuple[list[str], dict[str, Split]]:
        file = Path(self.file).expanduser().absolute()
        rows = self._rows(file)
        classes = sorted({row[self.label_column] for row in rows}, key=natural)
        number = {name: label for label, name in enumerate(classes)}
        listed: dict[str, list[dict[str, str]]] = {}
        for row in rows:
            listed.setdefault(self._part(row), []).append(row)
        if "train" not in listed:
            raise BadInput(f"data.split_column: no row of '{file}' says train")
        splits = {}
        for part, some in listed.items():
            paths = [str(file.parent / Path(row[self.path_column]).expanduser()) for row in some]
            labels = np.array([number[row[self.label_column]] for row in some], dtype=np.int64)
            splits[part] = Split(labels, paths, Files(paths))
        if not any(Path(path).exists() for split in splits.values() for path in split.names):
            raise BadInput(
                f"data.file: none of the files that '{file}' lists exists, e.g. '{splits['train'].names[0]}'"
            )
        return classes, splits

    def _rows(self, file: Path) -> list[dict[str, str]]:
        if not file.is_file():
            siblings = [entry.name for entry in file.parent.glob("*.csv")]
            raise BadInput(f"data.file: there is no file '{file}'.{nearest(file.name, siblings)}")
        try:
            with file.open(newline="", encoding="utf-8-sig") as lines:
                reader = csv.DictReader(lines, restval="")
                rows = list(reader)
                columns = list(reader.fieldnames or [])
        except (UnicodeDecodeError, csv.Error) as error:
            raise BadInput(f"data.file: '{file}' is no CSV in UTF-8: {error}") from error
        keys = ["path_column", "label_column"] + (["split_column"] if self.split_column else [])
        problems = [
            f"data.{key}: '{file}' has no column '{getattr(self, key)}'; it has {', '.join(columns) or 'none'}."
            + nearest(getattr(self, key), columns)
            for key in keys
            if getattr(self, key) not in columns
        ]
        if problems:
            raise BadInput(*problems)
        if not rows:
            raise BadInput(f"data.file: '{file}' has a header and no rows")
        for line, row in enumerate(rows, start=2):
            if not row[self.path_column] or not row[self.label_column]:
                raise BadInput(f"data.file: row {line} of '{file}' has no path or no label")
        return rows

    def _part(self, row: dict[str, str]) -> str:
        if self.split_column is None:
            return "train"
        given = row[self.split_column].strip().lower()
        if given not in PART_NAMES:
            accepted = ", ".join(PART_NAMES)
            raise BadInput(
                f"data.split_column: '{given}' is not a split; accepted: {accepted}.{nearest(given, PART_NAMES)}"
            )
        return PART_NAMES[given]


def natural(name: str) -> tuple[int, float, str]:
    """Numbers before words, and 2 before 10."""
    try:
        return 0, float(name), name
    except ValueError:
        return 1, 0.0, name
