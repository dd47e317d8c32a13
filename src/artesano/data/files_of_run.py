"""The files that a run began with: their parts, classes and content. A run keeps its split, whatever comes later.

`files.csv` in the run folder has a row for each image or pair, in the order of the parts:

    part,label,class,file,size,ends[,source,source_size,source_ends,half]

Where an image may have several labels the second column is called `labels` and holds `0;3`. A row without a part names
a class that no other row names. Names are relative to the data's folder (absolute outside of it). `ends` is a hash of a
file's first and last 4 KB, so that another content of the same size is noticed without reading the whole, and of all of
it where an end is the border of a picture that is not compressed. A file that could not be read has neither.
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from artesano.data.labels import JOINT, Label, text
from artesano.data.prefetch import in_threads
from artesano.errors import BadInput
from artesano.file_names import table_writer

END = 4096  # bytes at either end of a file
PLAIN = 0.9  # share of one value
BLOCK = 1 << 20  # bytes that are read at once
SEVERAL = "labels"  # the column in the place of `label`
COLUMNS = ("part", "label", "class", "file", "size", "ends")
OF_SOURCE = ("source", "source_size", "source_ends", "half")

Content = tuple[str, str]  # size and ends; ("", "") where the file could not be read


@dataclass(frozen=True)
class Listed:
    """An image, or a pair of images.

    Args:
        file: the image; of a pair, the target.
        source: of a pair; None = there is none, or it is made from the target.
        half: which half of `file` the target is, where both sides are one picture.
    """

    part: str
    label: Label
    file: str
    source: str | None = None
    half: int | None = None

    @property
    def files(self) -> tuple[str, ...]:
        return (self.file,) if self.source is None else (self.file, self.source)


@dataclass
class FilesOfRun:
    """What a data set of files held when a run began.

    Args:
        classes: in the order of the labels; [] = none.
        rows: in the order of the parts, before `fraction`, `shots` and `max_eval`.
        contents: of every file.
    """

    classes: list[str]
    rows: list[Listed]
    contents: dict[str, Content]

    def part(self, name: str) -> list[Listed]:
        return [row for row in self.rows if row.part == name]

    def class_of(self, row: Listed) -> str:
        return text(row.label, self.classes) if self.classes else ""

    @property
    def form(self) -> type:
        """Of the labels: int, or tuple where an image may have several."""
        return type(self.rows[0].label) if self.rows else int

    def with_test(self, rows: Iterable[Listed]) -> FilesOfRun:
        """The same with these rows in the place of the test part."""
        others = [row for row in self.rows if row.part != "test"]
        return FilesOfRun(self.classes, [*others, *(replace(row, part="test") for row in rows)], self.contents)


def content(path: str) -> Content:
    """Size and ends of a file; two empty texts where it cannot be read."""
    try:
        with open(path, "rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            head = stream.read(END)
            stream.seek(max(0, size - END))
            tail = stream.read(END)
            digest = hashlib.blake2b(head + tail, digest_size=8)
            if size > 2 * END and (plain(head) or plain(tail)):
                stream.seek(END)
                while block := stream.read(BLOCK):
                    digest.update(block)
    except OSError:
        return "", ""
    return str(size), digest.hexdigest()


def plain(end: bytes) -> bool:
    """Nearly all of one value, as a black border is: it tells nothing of the picture."""
    return bool(np.bincount(np.frombuffer(end, dtype=np.uint8)).max() >= PLAIN * len(end))


def contents(paths: Iterable[str]) -> dict[str, Content]:
    """Of every file, read by several threads: on a server's disk each waits."""
    unique = list(dict.fromkeys(paths))
    return dict(zip(unique, in_threads(content, unique), strict=True))


def write(path: Path, files: FilesOfRun, base: Path) -> None:
    """Write the listing; names below `base` become relative to it."""
    pairs = any(row.source is not None for row in files.rows)
    start = str(base) + os.sep
    used = {row.label for row in files.rows}
    draft = path.with_suffix(f".csv.{os.getpid()}")
    with draft.open("w", newline="", encoding="utf-8", errors="surrogateescape") as stream:
        write_row = table_writer(stream)
        columns = COLUMNS if files.form is int else [SEVERAL if name == "label" else name for name in COLUMNS]
        write_row([*columns, *(OF_SOURCE if pairs else ())])
        for row in files.rows:
            number = row.label if isinstance(row.label, int) else JOINT.join(map(str, row.label))
            facts = [row.part, number, files.class_of(row)]
            for name in row.files:
                facts += [name.removeprefix(start), *files.contents[name]]
            write_row([*facts, *(["" if row.half is None else row.half] if row.source is not None else [])])
        for label, name in enumerate(files.classes):  # a class without images has its place among the labels
            if label not in used:
                write_row(["", label, name, "", "", ""])
    os.replace(draft, path)


def read(path: Path, base: Path) -> FilesOfRun:
    """The listing; names relative to `base` become whole paths.

    Raises:
        BadInput: the file is damaged.
    """
    try:
        with path.open(newline="", encoding="utf-8", errors="surrogateescape") as stream:
            table = list(csv.DictReader(stream))
        several = bool(table) and SEVERAL in table[0]
        column = SEVERAL if several else "label"
        names = {int(row[column]): row["class"] for row in table if not (several and row["part"])}
        files = FilesOfRun([names[label] for label in sorted(names)] if any(names.values()) else [], [], {})
        for row in table:
            if not row["part"]:
                continue
            file = os.path.join(base, row["file"])
            files.contents[file] = row["size"], row["ends"]
            source, half = os.path.join(base, row["source"]) if row.get("source") else None, row.get("half")
            if source is not None:
                files.contents[source] = row["source_size"], row["source_ends"]
            label = tuple(map(int, filter(None, row[column].split(JOINT)))) if several else int(row[column])
            files.rows.append(Listed(row["part"], label, file, source, int(half) if half else None))
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise BadInput(f"{path}: the run's list of files cannot be read ({error!r}).") from None
    return files
