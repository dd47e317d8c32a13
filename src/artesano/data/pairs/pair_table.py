"""Pairs listed in a CSV: columns source, target and, if you like, label and split."""

from __future__ import annotations

import os
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
    if table.encoding != "utf-8":
        layout.notes.append(f"'{table.file}' is no UTF-8; it was read as Latin-1")
    seen: dict[tuple[str, ...], tuple[int, str, str]] = {}  # a pair -> line, part and label
    gone, again = [], []
    for line, row in zip(table.lines, table.rows, strict=True):
        sides = [table.path(row[name]) for name in NEEDED]
        missing = [f"line {line}: '{side}'" for side in sides if not Path(side).is_file()]
        gone += missing
        if missing:
            continue
        label, part = row.get("label") or "", _part(row, line, table.file)
        first, *facts = seen.setdefault(tuple(map(os.path.realpath, sides)), (line, part, label))
        if facts != [part, label]:
            raise BadInput(f"data.file: lines {first} and {line} of '{table.file}' give one pair two labels or splits")
        if first == line:
            example = Example(Side(sides[0]), Side(sides[1]), label, number.get(label, 0))
            layout.parts.setdefault(part, []).append(example)
        else:
            again.append(line)
    if again:
        layout.notes.append(
            f"{len(again)} rows of '{table.file}' repeat a pair, which counts once ({line_numbers(again)})"
        )
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
