"""Pairs listed in a CSV: columns source, target and, if you like, label and split."""

from __future__ import annotations

import os
from pathlib import Path

from artesano.data.csv_rows import Rows, line_numbers, natural, read_rows, wrong_parts
from artesano.data.pairs.base import some
from artesano.data.pairs.file_data import Found
from artesano.data.pairs.files import Example, Side
from artesano.data.parts import part_of
from artesano.errors import BadInput

NEEDED = ("source", "target")


def read_table(file: str) -> Found:
    """The examples of a CSV with a header line; paths are relative to its folder, or absolute.

    Parts are cut alike from every label.

    Raises:
        BadInput: no such file, no CSV, or a column, path or split that is missing or wrong.
    """
    table = read_rows(file, NEEDED, any_case=True)
    _check_columns(table)
    problems = _problems(table)
    classes = sorted({row["label"] for row in table.rows if row.get("label")}, key=natural)
    number = {name: label for label, name in enumerate(classes)}
    layout = Found({}, classes)
    if table.encoding != "utf-8":
        layout.notes.append(f"'{table.file}' is no UTF-8; it was read as Latin-1")
    seen: dict[tuple[str, ...], tuple[int, str, str]] = {}  # a pair -> line, part and label
    gone, again, twice = [], [], []
    for line, row in zip(table.lines, table.rows, strict=True):
        label, part = row.get("label") or "", part_of(row.get("split", "train"))
        if part is None or not all(row[name] for name in NEEDED):
            continue
        sides = [table.path(row[name]) for name in NEEDED]
        missing = [f"line {line}: '{side}'" for side in sides if not Path(side).is_file()]
        gone += missing
        if missing:
            continue
        first, *facts = seen.setdefault(tuple(map(os.path.realpath, sides)), (line, part, label))
        if facts != [part, label]:
            twice.append(f"lines {first} and {line}")
        elif first == line:
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
    if twice:
        problems.append(f"data.file: '{table.file}' gives one pair two labels or splits: {some(twice)}")
    if problems:
        raise BadInput(*problems, *layout.problems)
    if "train" not in layout.parts:
        raise BadInput(*(layout.problems or [f"data.file: no row of '{table.file}' says train in its column split"]))
    return layout


def _check_columns(table: Rows) -> None:
    missing = [name for name in NEEDED if name not in table.columns]
    if missing:
        raise BadInput(
            f"data.file: '{table.file}' has no column {' and '.join(missing)}; it has "
            f"{', '.join(table.columns) or 'none'}. Needed: source, target; understood besides: label, split."
        )


def _problems(table: Rows) -> list[str]:
    """A line for each kind of rows that cannot be used."""
    problems = list(table.problems)
    empty = [line for line, row in zip(table.lines, table.rows, strict=True) if not all(row[name] for name in NEEDED)]
    if empty:
        problems.append(f"data.file: {line_numbers(empty)} of '{table.file}' has no source or no target")
    unlabelled = [line for line, row in zip(table.lines, table.rows, strict=True) if not row.get("label")]
    if unlabelled and len(unlabelled) < len(table.rows):
        problems.append(f"data.file: {line_numbers(unlabelled)} of '{table.file}' has no label, and others have")
    if "split" in table.columns:
        problems += wrong_parts(table, "split", "data.file")
    return problems
