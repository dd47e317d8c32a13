"""Pairs listed in a CSV: columns source, target and, if you like, label and split."""

from __future__ import annotations

from pathlib import Path

from artesano.data.csv_rows import Rows, line_numbers, natural, read_rows
from artesano.data.pairs.base import some
from artesano.data.pairs.file_data import Found
from artesano.data.pairs.files import Example, Side
from artesano.data.parts import COMMON, part_of
from artesano.errors import BadInput, nearest

NEEDED = ("source", "target")


def read_table(file: str) -> Found:
    """The examples of a CSV with a header line; paths are relative to its folder, or absolute.

    Parts are cut alike from every label.

    Raises:
        BadInput: no such file, no CSV, or a column, path or split that is missing or wrong.
    """
    table = read_rows(file, NEEDED, any_case=True)
    _check(table)
    classes = sorted({row["label"] for row in table.rows if row.get("label")}, key=natural)
    number = {name: label for label, name in enumerate(classes)}
    layout = Found({}, classes)
    gone = []
    for line, row in zip(table.lines, table.rows, strict=True):
        sides = [table.path(row[name]) for name in NEEDED]
        missing = [f"line {line}: '{side}'" for side in sides if not Path(side).is_file()]
        gone += missing
        if not missing:
            label = row.get("label") or ""
            example = Example(Side(sides[0]), Side(sides[1]), label, number.get(label, 0))
            layout.parts.setdefault(_part(row, line, table.file), []).append(example)
    if gone:
        layout.problems.append(f"data.file: '{table.file}' lists {len(gone)} images that are not there: {some(gone)}")
    if "train" not in layout.parts:
        raise BadInput(*(layout.problems or [f"data.file: no row of '{table.file}' says train in its column split"]))
    return layout


def _check(table: Rows) -> None:
    missing = [name for name in NEEDED if name not in table.columns]
    if missing:
        raise BadInput(
            f"data.file: '{table.file}' has no column {' and '.join(missing)}; it has "
            f"{', '.join(table.columns) or 'none'}. Needed: source, target; understood besides: label, split."
        )
    empty = [line for line, row in zip(table.lines, table.rows, strict=True) if not all(row[name] for name in NEEDED)]
    if empty:
        raise BadInput(f"data.file: {line_numbers(empty)} of '{table.file}' has no source or no target")
    unlabelled = [line for line, row in zip(table.lines, table.rows, strict=True) if not row.get("label")]
    if unlabelled and len(unlabelled) < len(table.rows):
        raise BadInput(f"data.file: {line_numbers(unlabelled)} of '{table.file}' has no label, and others have")


def _part(row: dict[str, str], line: int, file: Path) -> str:
    split_name = row.get("split", "train")
    part = part_of(split_name)
    if part is None:
        raise BadInput(
            f"data.file: line {line} of '{file}' says split '{split_name}'; accepted: train, val, "
            f"test.{nearest(split_name.lower(), COMMON)}"
        )
    return part
