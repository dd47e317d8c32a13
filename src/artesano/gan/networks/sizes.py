"""Image sizes and layer widths of networks that halve and double the side."""

from __future__ import annotations

from artesano.errors import BadInput

SIZES = (8, 16, 32, 64, 128, 256)
STEM = 4
"""Side of the smallest feature map, px."""


def doublings(image_size: int, net: str) -> int:
    """How many doublings lead from 4 px to `image_size`.

    Raises:
        BadInput: the size is not a power of two from 8 to 256.
    """
    if image_size not in SIZES:
        distance = min(abs(size - image_size) for size in SIZES)
        near = " or ".join(str(size) for size in SIZES if abs(size - image_size) == distance)
        raise BadInput(
            f"image_size: {net} makes images of {', '.join(map(str, SIZES))} px, not of {image_size}. Nearest: {near}."
        )
    return (image_size // STEM).bit_length() - 1


def widths(width: int, count: int) -> list[int]:
    """Channels of `count` layers, the one nearest to the image first: w, 2w, 4w, 8w, 8w, ..."""
    return [width * min(2**layer, 8) for layer in range(count)]


def check_attention(side: int | None, sides: list[int], key: str) -> None:
    """Raises BadInput when no hidden feature map has this side."""
    if side is not None and side not in sides:
        listed = ", ".join(map(str, sorted(sides)))
        raise BadInput(f"{key}.attention: no hidden feature map has a side of {side} px; there are {listed} (or null).")
