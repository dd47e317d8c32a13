"""What is in a set of pairs, as `artesano check` prints it: look at the pairs before training on them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from rich.table import Table

from artesano.data.io.images import UnreadableImage
from artesano.data.pairs.listing import PairListing, PairPart
from artesano.data.pairs.source_look import one_colour
from artesano.data.prefetch import in_threads
from artesano.data.report import some, tally
from artesano.file_names import Failure
from artesano.progress_bars import progress

BITS = {np.dtype(np.uint8): "8 bits", np.dtype(np.uint16): "16 bits", np.dtype(np.float32): "floats"}


@dataclass
class PairInspection:
    """Facts of every pair that was opened.

    Args:
        sizes: of source and target, as text -> pairs.
        depths: of source and target, as text -> pairs.
        blank: rows in which a side is of one colour, by side.
        unreadable: `path: reason`.
        duplicates: for each side, names of rows that show the same pixels, across parts, as `part: name`; none of one
            colour.
    """

    sizes: Counter[str] = field(default_factory=Counter)
    depths: Counter[str] = field(default_factory=Counter)
    blank: Counter[str] = field(default_factory=Counter)
    unreadable: list[Failure] = field(default_factory=list)
    duplicates: dict[str, list[list[str]]] = field(default_factory=dict)


def inspect_pairs(listing: PairListing) -> PairInspection:
    """Open every pair of a listing; about as long as decoding all files once."""
    inspection = PairInspection(unreadable=list(listing.skipped))
    shown: dict[tuple[str, bytes], dict[str, str]] = {}  # side and content -> part -> the first name with it
    work = [(part, row) for part, pairs in listing.parts.items() for row in range(len(pairs))]

    def look(place: tuple[str, int]) -> tuple[str, str, list[str], dict[str, bytes]] | Failure:
        part, row = place
        try:
            source, target = listing.parts[part].whole(row)
        except UnreadableImage as error:
            return error.failure
        sides = {"target": target} if source is None else {"source": source, "target": target}
        blank = [side for side, image in sides.items() if one_colour(image)]
        contents = {side: digest(image) for side, image in sides.items() if side not in blank}  # plain sea is the same
        size, depth = (" -> ".join(map(fact, sides.values())) for fact in (_size, _depth))
        return size, depth, blank, contents

    seen = progress(in_threads(look, work), len(work), "opening")
    for (part, row), facts in zip(work, seen, strict=True):
        if isinstance(facts, Failure):
            inspection.unreadable.append(facts)
            continue
        size, depth, blank, contents = facts
        inspection.sizes[size] += 1
        inspection.depths[depth] += 1
        inspection.blank.update(blank)
        for place in contents.items():
            shown.setdefault(place, {}).setdefault(part, file_of(listing.parts[part], row, place[0]))
    inspection.unreadable = list(dict.fromkeys(inspection.unreadable))
    for (side, _), names in shown.items():
        if len(names) > 1:
            inspection.duplicates.setdefault(side, []).append([f"{part}: {name}" for part, name in names.items()])
    return inspection


def file_of(part: PairPart, row: int, side: str) -> str:
    """The file of one side of a row; the row's name where its images are no files."""
    examples = getattr(part.reader, "examples", None)
    return part.names[row] if examples is None else getattr(examples[part.rows[row]], side).path


def digest(image: np.ndarray) -> bytes:
    """Of the pixels and the shape."""
    return hashlib.blake2b(np.ascontiguousarray(image), digest_size=16, key=repr(image.shape).encode()).digest()


def pair_tables(listing: PairListing, inspection: PairInspection, mismatches: list[str]) -> Iterator[Table | str]:
    """What there is to print, in order."""
    yield _counts(listing)
    yield tally(_heading(listing, "size (width x height)"), inspection.sizes, "pairs")
    yield tally(_heading(listing, "channels and depth"), inspection.depths, "pairs")
    sides = ["source", "target"] if listing.own_source else ["target"]
    yield "of one colour: " + ", ".join(f"the {side} in {inspection.blank[side]} rows" for side in sides)
    yield f"mismatches: {sum(getattr(line, 'pairs', 1) for line in mismatches)}"
    yield from some(mismatches)
    yield f"unreadable: {len(inspection.unreadable)}"
    yield from some(inspection.unreadable)
    yield from listing.messages()
    for side in reversed(sides):
        shared = inspection.duplicates.get(side, [])
        yield f"the same {side} in two parts: {len(shared)}"
        yield from some([" = ".join(names) for names in shared])


def _heading(listing: PairListing, what: str) -> str:
    return f"{what}, source -> target" if listing.own_source else what


def _size(image: np.ndarray) -> str:
    return f"{image.shape[1]} x {image.shape[0]}"


def _depth(image: np.ndarray) -> str:
    return f"{image.shape[2]} x {BITS[image.dtype]}"


def _counts(listing: PairListing) -> Table:
    title = "pairs" if listing.paired and listing.own_source else "images" if listing.paired else "rows, not paired"
    table = Table("label" if listing.classes else "", *listing.parts, "all", title=title, show_footer=True)
    for column in table.columns[1:]:
        column.justify = "right"
    counts = [np.bincount(part.labels, minlength=len(listing.classes)) for part in listing.parts.values()]
    for label, name in enumerate(listing.classes):
        each = [int(count[label]) for count in counts]
        table.add_row(name, *map(str, each), str(sum(each)))
    totals = [len(part) for part in listing.parts.values()]
    for column, total in zip(table.columns, ["all", *totals, sum(totals)], strict=True):
        column.footer = str(total)
    return table
