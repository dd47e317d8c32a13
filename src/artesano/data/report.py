"""What is in a data set, as `artesano check` prints it: look at the data before training on them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from rich.table import Table

from artesano.data.dataset import Listing
from artesano.data.io.images import REMARK, UnreadableImage, to_mode
from artesano.data.labels import counts, of_image, pools, text
from artesano.data.prefetch import in_threads
from artesano.file_names import Failure, remarked
from artesano.progress_bars import progress

MOST_ROWS = 40


@dataclass
class Inspection:
    """Facts of every image that was opened.

    Args:
        sizes: (width, height) -> images.
        modes: Pillow's mode -> images.
        unreadable: `path: reason`.
        duplicates: names of the images that show the same pixels, across splits, as `part: name`.
        copies: images that repeat another one of their own split.
        readable: part -> int64 [K], rows that could be read; the only ones that are counted, as in training.
        remarks: path -> what is odd about an image that is used all the same.
    """

    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    modes: Counter[str] = field(default_factory=Counter)
    unreadable: list[Failure] = field(default_factory=list)
    duplicates: list[list[str]] = field(default_factory=list)
    copies: int = 0
    readable: dict[str, np.ndarray] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)


def inspect(listing: Listing) -> Inspection:
    """Open every image of a listing; about as long as decoding it once."""
    inspection = Inspection()
    shown: dict[bytes, dict[str, str]] = {}  # content -> part -> the first name with it
    work = [(part, row) for part, split in listing.splits.items() for row in range(len(split))]

    def look(place: tuple[str, int]) -> tuple[tuple[int, int], str, bytes, str] | Failure:
        part, row = place
        try:
            image = listing.splits[part].read(row)
            pixels = to_mode(image, 3).tobytes()
        except UnreadableImage as error:
            return error.failure
        content = hashlib.blake2b(pixels, digest_size=16, key=repr(image.size).encode())
        return image.size, image.mode, content.digest(), image.info.get(REMARK, "")

    rows: dict[str, list[int]] = {part: [] for part in listing.splits}
    seen = progress(in_threads(look, work), len(work), "opening")
    for (part, row), facts in zip(work, seen, strict=True):
        if isinstance(facts, Failure):
            inspection.unreadable.append(facts)
            continue
        size, mode, content, remark = facts
        rows[part].append(row)
        if remark:
            inspection.remarks[listing.splits[part].names[row]] = remark
        inspection.sizes[size] += 1
        inspection.modes[mode] += 1
        names = shown.setdefault(content, {})
        inspection.copies += part in names
        names.setdefault(part, listing.splits[part].names[row])
    inspection.readable = {part: np.array(some, dtype=np.int64) for part, some in rows.items()}
    inspection.duplicates = [
        [f"{part}: {name}" for part, name in names.items()] for names in shown.values() if len(names) > 1
    ]
    return inspection


def tables(listing: Listing, inspection: Inspection) -> Iterator[Table | str]:
    """What there is to print, in order."""
    yield _counts(listing, inspection)
    yield tally("size (width x height)", Counter({f"{w} x {h}": count for (w, h), count in inspection.sizes.items()}))
    yield tally("mode", inspection.modes)
    yield f"unreadable: {len(inspection.unreadable)}"
    yield from some(inspection.unreadable)
    yield from listing.messages()
    yield from remarked(inspection.remarks.items())
    yield f"the same picture in two splits: {len(inspection.duplicates)}"
    yield from some([" = ".join(names) for names in inspection.duplicates])
    yield f"copies inside a split: {inspection.copies}"


def first_images(listing: Listing, count: int = 30) -> tuple[list[str], list[tuple[str, int]]]:
    """The first images of the training part, the classes in turn.

    Returns:
        captions (class names), and (part, row) of each.
    """
    labels = listing.splits["train"].labels
    classes = pools(labels).values()
    turns = [int(rows[place]) for place in range(count) for rows in classes if place < len(rows)]
    chosen = list(dict.fromkeys(turns))[:count]  # an image of several labels is in several pools
    captions = [text(of_image(labels, row), listing.classes) or "no label" for row in chosen]
    return captions, [("train", row) for row in chosen]


def _counts(listing: Listing, inspection: Inspection) -> Table:
    table = Table("class", *listing.splits, "all", title="images", show_footer=True)
    images = [
        counts(split.labels[inspection.readable[part]], len(listing.classes)) for part, split in listing.splits.items()
    ]
    for column in table.columns[1:]:
        column.justify = "right"
    for row, name in enumerate(listing.classes[:MOST_ROWS]):
        per_split = [int(count[row]) for count in images]
        table.add_row(name, *map(str, per_split), str(sum(per_split)))
    if len(listing.classes) > MOST_ROWS:
        table.add_row(f"... and {len(listing.classes) - MOST_ROWS} classes more", *[""] * (len(images) + 1))
    totals = [len(inspection.readable[part]) for part in listing.splits]  # an image may have several labels
    for column, total in zip(table.columns, ["all", *totals, sum(totals)], strict=True):
        column.footer = str(total)
    return table


def tally(heading: str, counter: Counter[str], of: str = "images") -> Table:
    """The ten most common values, and how many there are of each."""
    table = Table(heading, of)
    table.columns[1].justify = "right"
    for value, count in counter.most_common(10):
        table.add_row(value, str(count))
    if len(counter) > 10:
        table.add_row(
            f"... and {len(counter) - 10} more", str(sum(counter.values()) - sum(c for _, c in counter.most_common(10)))
        )
    return table


def some(lines: Sequence[str], most: int = 10) -> Iterator[str]:
    """The first lines, indented, and how many more there are."""
    yield from (f"  {line}" for line in lines[:most])
    if len(lines) > most:
        yield f"  ... and {len(lines) - most} more"
