"""Pairs listed in a CSV: columns source, target and, if you like, label and split."""

from __future__ import annotations

import csv
from pathlib import Path

from artesano.data.folder import PART_NAMES
from artesano.data.pairs.base import some
from artesano.data.pairs.file_data import Found
from artesano.data.pairs.files import Example, Side
from artesano.data.table import natural
from artesano.errors import BadInput, nearest

NEEDED = ("source", "target")


def read_table(file: str) -> Found:
    """The examples of a CSV in UTF-8 with a header line; paths are relative to its folder, or absolute.

    Parts are cut alike from every label.

    Raises:
        BadInput: no such file, no CSV, or a column, path or split that is missing or wrong.
    """
    path = Path(file).expanduser().absolute()
    rows = _rows(path)
    classes = sorted({row["label"] for row in rows if row.get("label")}, key=natural)
    number = {name: label for label, name in enumerate(classes)}
    if classes and any(not row.get("label") for row in rows):
        line = next(line for line, row in enumerate(rows, start=2) if not row.get("label"))
        raise BadInput(f"data.file: row {line} of '{path}' has no label, and others have")
    found = Found({}, classes)
    gone = []
    for line, row in enumerate(rows, start=2):
        sides = [str(path.parent / Path(row[name]).expanduser()) for name in NEEDED]
        missing = [f"row {line}: '{side}'" for side in sides if not Path(side).is_file()]
        gone += missing
        if not missing:
            label = row.get("label") or ""
            example = Example(Side(sides[0]), Side(sides[1]), label, number.get(label, 0))
            found.parts.setdefault(_part(row, line, path), []).append(example)
    if gone:
        found.problems.append(f"data.file: '{path}' lists {len(gone)} images that are not there: {some(gone)}")
    if "train" not in found.parts:
        raise BadInput(*(found.problems or [f"data.file: no row of '{path}' says train in its column split"]))
    return found


def _rows(file: Path) -> list[dict[str, str]]:
    if not file.is_file():
        siblings = [entry.name for entry in file.parent.glob("*.csv")]
        raise BadInput(f"data.file: there is no file '{file}'.{nearest(file.name, siblings)}")
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.DictReader(lines, restval="")
            rows = [{str(name).strip().lower(): value for name, value in row.items()} for row in reader]
            columns = [name.strip().lower() for name in reader.fieldnames or []]
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"data.file: '{file}' is no CSV in UTF-8: {error}") from error
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise BadInput(
            f"data.file: '{file}' has no column {' and '.join(missing)}; it has {', '.join(columns) or 'none'}. "
            "Needed: source, target; understood besides: label, split."
        )
    if not rows:
        raise BadInput(f"data.file: '{file}' has a header and no rows")
    for line, row in enumerate(rows, start=2):
        if not all(row[name] for name in NEEDED):
            raise BadInput(f"data.file: row {line} of '{file}' has no source or no target")
    return rows


def _part(row: dict[str, str], line: int, file: Path) -> str:
    given = row.get("split", "train").strip().lower()
    if given not in PART_NAMES:
        accepted = ", ".join(PART_NAMES)
        raise BadInput(
            f"data.file: row {line} of '{file}' says split '{given}'; accepted: {accepted}.{nearest(given, PART_NAMES)}"
        )
    return PART_NAMES[given]
