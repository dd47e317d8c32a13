"""What the colours of drawn maps mean, in rows of squares and words below a picture."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw

from artesano.figures.fonts import font_for
from artesano.figures.style import INK, MUTED

SQUARE, GAP, ROW = 13, 6, 24  # px: a side, between squares and words, height of a row

Legend = Sequence[tuple[str, tuple[int, int, int]]]


def with_legend(page: Image.Image, legend: Legend) -> Image.Image:
    """The picture with a legend below it; the same picture where there is none.

    Args:
        legend: meaning and colour (R, G, B of 255); colours of the same meaning, of several styles, stand together.
    """
    if not legend:
        return page
    colours: dict[str, list[tuple[int, int, int]]] = {}
    for meaning, colour in legend:
        colours.setdefault(meaning, []).append(colour)
    rows = in_rows(colours, page.width)
    larger = Image.new("RGB", (page.width, page.height + ROW * len(rows) + GAP), "white")
    larger.paste(page)
    pen = ImageDraw.Draw(larger)
    for row, meanings in enumerate(rows):
        left, middle = GAP, page.height + ROW * row + (ROW + GAP) // 2
        for meaning in meanings:
            for place, colour in enumerate(colours[meaning]):
                corner = (left + place * (SQUARE + 2), middle - SQUARE // 2)
                pen.rectangle((*corner, corner[0] + SQUARE - 1, corner[1] + SQUARE - 1), colour, outline=MUTED)
            end = left + width_of(meaning, len(colours[meaning]))
            pen.text((end - 2 * GAP, middle), meaning, fill=INK, font=font_for(meaning), anchor="rm")
            left = end
    return larger


def in_rows(colours: dict[str, list[tuple[int, int, int]]], width: int) -> list[list[str]]:
    """The meanings in rows of at most `width` px, where one is not wider itself."""
    rows: list[list[str]] = [[]]
    left = GAP
    for meaning, own in colours.items():
        wide = width_of(meaning, len(own))
        if rows[-1] and left + wide > width:
            rows.append([])
            left = GAP
        rows[-1].append(meaning)
        left += wide
    return rows


def width_of(meaning: str, squares: int) -> int:
    """px of the squares, the word, and the space behind it."""
    return squares * (SQUARE + 2) + GAP + round(font_for(meaning).getlength(meaning)) + 2 * GAP
