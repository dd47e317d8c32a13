"""Images side by side: one image per row, one method per column, and an enlarged detail below."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from artesano.figures.colour_legend import Legend, with_legend
from artesano.figures.fonts import font_for
from artesano.figures.style import INK, MUTED, ORANGE, shorten

CELL = 200  # px about which an image is drawn wide
GAP = 6  # px between cells
TITLE = 24  # px of the line of column titles
LETTER = 7.5  # px, of an average letter of a title
SHARE = 4  # a detail has a quarter of the image's smaller side
NARROWEST = 24  # px of a detail

Columns = Mapping[str, Sequence[Any]]


def strips(
    columns: Columns,
    path: str | os.PathLike,
    captions: Sequence[str] | None = None,
    detail: bool = True,
    legend: Legend = (),
) -> None:
    """Draw images into a PNG, never smoothed; equal input gives equal bytes.

    The last column decides: the others are enlarged to its size by repeating pixels, and the detail is marked in all.
    It is where the first column lacks most of the last one's edges: within a hole, where an image is inpainted. Small
    images are enlarged by a whole number, large ones shrunk by one; details keep every pixel.

    Args:
        columns: by title, each with one image a row, [C, h, w], uint8 or float in [0, 1], array or CPU tensor. In this
            order by custom: input, baselines, states of the model, truth. One or two channels are drawn grey, of more
            than three the first three.
        captions: one for each row, written to its left.
        detail: a second line under each row.
        legend: of drawn maps, written below.

    Raises:
        ValueError: no images, or columns or captions of different length.
    """
    rows = _rows(columns, captions)
    drawn = [_lines(images, detail) for images in rows]
    width = max(cell.width for lines in drawn for line in lines for cell in line)
    titles = [shorten(title, max(8, int(width / LETTER))) for title in columns]
    names = [shorten(caption, 24) for caption in captions or []]
    margin = GAP + max((GAP + round(font_for(name).getlength(name)) for name in names), default=0)
    heights = [[max(cell.height for cell in line) for line in lines] for lines in drawn]

    total = TITLE + sum(sum(lines) + GAP * (len(lines) + 1) for lines in heights)
    page = Image.new("RGB", (margin + len(titles) * (width + GAP), total), "white")
    pen = ImageDraw.Draw(page)
    for column, title in enumerate(titles):
        place = (margin + column * (width + GAP) + width // 2, TITLE // 2)
        pen.text(place, title, fill=INK, font=font_for(title), anchor="mm")
    top = TITLE
    for row, lines in enumerate(drawn):
        if names:
            middle = top + heights[row][0] // 2
            pen.text((margin - GAP, middle), names[row], fill=MUTED, font=font_for(names[row]), anchor="rm")
        for line, height in zip(lines, heights[row], strict=True):
            for column, cell in enumerate(line):
                page.paste(cell, (margin + column * (width + GAP) + (width - cell.width) // 2, top))
            top += height + GAP
        top += GAP
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with_legend(page, legend).save(path, format="PNG")


def as_rgb(image: Any) -> np.ndarray:
    """[C, h, w] in uint8, or float in [0, 1] -> uint8 [h, w, 3]."""
    pixels = np.asarray(image)
    if pixels.dtype != np.uint8:
        pixels = np.round(255 * np.nan_to_num(pixels).clip(0, 1)).astype(np.uint8)
    pixels = pixels[:3] if len(pixels) >= 3 else pixels[:1].repeat(3, axis=0)
    return pixels.transpose(1, 2, 0)


def fitted(image: np.ndarray, like: np.ndarray) -> np.ndarray:
    """uint8 [h, w, 3] -> [H, W, 3] of `like`, every pixel repeated."""
    height, width = like.shape[:2]
    if image.shape == like.shape:
        return image
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.NEAREST))


def busiest(image: np.ndarray) -> tuple[int, int, int]:
    """Top, left and side of the square with the most edges; the first such where there are several.

    Args:
        image: [H, W, 3].
    """
    grey = image.astype(np.float64).mean(2)
    edges = np.abs(np.diff(grey, axis=0, append=grey[-1:])) + np.abs(np.diff(grey, axis=1, append=grey[:, -1:]))
    side = min(*grey.shape, max(NARROWEST, min(grey.shape) // SHARE))
    sums = np.pad(edges.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    inside = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    top, left = np.unravel_index(inside.round(6).argmax(), inside.shape)
    return int(top), int(left), side


def check_columns(columns: Columns, captions: Sequence[str] | None) -> int:
    """How many images each column has.

    Raises:
        ValueError: none, or not equally many everywhere.
    """
    counts = {title: len(images) for title, images in columns.items()}
    number = next(iter(counts.values()), 0)
    if not number:
        raise ValueError("at least one column with one image is needed")
    if len(set(counts.values())) > 1:
        raise ValueError(f"columns of different length: {counts}")
    if captions is not None and len(captions) != number:
        raise ValueError(f"{len(captions)} captions for {number} images")
    return number


def _rows(columns: Columns, captions: Sequence[str] | None) -> list[list[np.ndarray]]:
    """The images of each row, all in the size of its last."""
    rows = []
    for row in range(check_columns(columns, captions)):
        images = [as_rgb(images[row]) for images in columns.values()]
        rows.append([fitted(image, images[-1]) for image in images])
    return rows


def _lines(images: list[np.ndarray], detail: bool) -> list[list[Image.Image]]:
    """Whole images with the detail's place marked, and the details under them."""
    cells = [_scaled(Image.fromarray(image)) for image in images]
    if not detail:
        return [cells]
    lacking = images[-1].astype(np.int16) - images[0]
    top, left, side = busiest(lacking if lacking.any() else images[-1])
    width, ratio = cells[0].width, cells[0].width / images[0].shape[1]
    corners = [
        round(left * ratio),
        round(top * ratio),
        round((left + side) * ratio) - 1,
        round((top + side) * ratio) - 1,
    ]
    for cell in cells:
        ImageDraw.Draw(cell).rectangle(corners, outline=ORANGE, width=2 if ratio >= 1 else 1)
    enlarged = max(1, width // side) * side
    crops = [Image.fromarray(image[top : top + side, left : left + side]) for image in images]
    return [cells, [crop.resize((enlarged, enlarged), Image.Resampling.NEAREST) for crop in crops]]


def _scaled(image: Image.Image) -> Image.Image:
    longest = max(image.size)
    if longest > 2 * CELL:
        return image.reduce(-(-longest // (2 * CELL)))
    factor = max(1, round(CELL / longest))
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)
