"""The directory of a TIFF: its tags as bytes (TIFF revision 6.0, 1992, section 2)."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, ORIENTATION, SAMPLES = 256, 257, 258, 259, 262, 274, 277
STRIPS, STRIP_ROWS, STRIP_SIZES, PLANAR, PREDICTOR = 273, 278, 279, 284, 317
TILE_WIDTH, TILE_HEIGHT, TILES, TILE_SIZES, EXTRA, FORMAT, PROFILE = 322, 323, 324, 325, 338, 339, 34675

LONG = {WIDTH, HEIGHT, STRIPS, STRIP_ROWS, STRIP_SIZES, TILE_WIDTH, TILE_HEIGHT, TILES, TILE_SIZES}  # 32 bits, not 16


def packed(tags: Mapping[int, int | Sequence[int] | bytes], start: int, order: str = "<") -> bytes:
    """The directory that stands at byte `start`, an even number, of a file.

    Args:
        order: `<` in a file that begins with II, `>` in one that begins with MM.
    """
    place = start + 2 + 12 * len(tags) + 4  # of values that are longer than four bytes
    entries, values = struct.pack(f"{order}H", len(tags)), b""
    for tag, value in sorted(tags.items()):
        if isinstance(value, bytes):
            kind, count, content = 7, len(value), value
        else:
            numbers = [value] if isinstance(value, int) else list(value)
            kind, letter = (4, "I") if tag in LONG else (3, "H")
            count, content = len(numbers), struct.pack(f"{order}{len(numbers)}{letter}", *numbers)
        entries += struct.pack(f"{order}HHI", tag, kind, count)
        if len(content) <= 4:
            entries += content.ljust(4, b"\0")
        else:
            entries += struct.pack(f"{order}I", place + len(values))
            values += content + b"\0" * (len(content) % 2)
    return entries + bytes(4) + values
