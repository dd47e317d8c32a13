"""A tight grid of samples: every pixel of every image, enlarged by a whole number and never smoothed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from artesano.figures.colour_legend import Legend, with_legend
from artesano.figures.fonts import font_for
from artesano.figures.style import FAINT, INK, shorten

WIDTH, WIDEST = 512, 1024  # pixels: what the scale is chosen for, and what only an explicit scale goes beyond


def sample_grid(
    images: Any,
    path: str | os.PathLike,
    columns: int = 8,
    scale: int | None = None,
    border: int = 1,
    labels: Sequence[str] | None = None,
    legend: Legend = (),
) -> None:
    """Draw images row by row into a PNG; equal input gives equal bytes.

    Image k lies at row k // columns and column k % columns; its upper left pixel is at
    x = margin + border + column * (W * scale + border), and y likewise without the margin, which is 0 without labels.

    Args:
        images: uint8 [N, C, H, W], array or CPU tensor. One channel is drawn grey; of more than three the first three.
        columns: images in a row; fewer images make a narrower grid. An interpolation is a grid of one row.
        scale: pixels of the picture for a pixel of an image; None = about 512 pixels of width. Images so large that
            the grid would be wider than 1,024 pixels are shrunk by a whole number.
        border: pixels between images and around them.
        labels: a caption for each row, written to its left (a row for each class, say).
        legend: of drawn maps, written below.

    Raises:
        ValueError: there are no images, or not as many labels as rows.
    """
    pixels = _as_rgb(np.asarray(images))
    if not len(pixels):
        raise ValueError("a grid needs at least one image")
    columns = min(columns, len(pixels))
    rows = -(-len(pixels) // columns)
    if labels is not None and len(labels) != rows:
        raise ValueError(f"{len(labels)} labels for {rows} rows of {columns} images")
    pixels = _scaled(pixels, columns, scale)
    number, height, width, _ = pixels.shape

    grid = np.empty((border + rows * (height + border), border + columns * (width + border), 3), np.uint8)
    grid[:] = tuple(bytes.fromhex(FAINT[1:]))
    for place in range(number):
        row, column = divmod(place, columns)
        top, left = border + row * (height + border), border + column * (width + border)
        grid[top : top + height, left : left + width] = pixels[place]
    picture = Image.fromarray(grid)
    if labels is not None:
        middles = [border + row * (height + border) + height // 2 for row in range(rows)]
        picture = _captioned(picture, labels, middles)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with_legend(picture, legend).save(path, format="PNG")


def _as_rgb(images: np.ndarray) -> np.ndarray:
    """[N, C, H, W] -> [N, H, W, 3]."""
    channels = images[:, :3] if images.shape[1] >= 3 else images[:, :1].repeat(3, axis=1)
    return channels.transpose(0, 2, 3, 1)


def _scaled(images: np.ndarray, columns: int, scale: int | None) -> np.ndarray:
    natural = columns * images.shape[2]
    if scale is None:
        scale = max(1, round(WIDTH / natural))
        shrink = -(-natural // WIDEST)
        if shrink > 1:
            return np.stack([np.asarray(Image.fromarray(image).reduce(shrink)) for image in images])
    return images.repeat(scale, axis=1).repeat(scale, axis=2)


def _captioned(grid: Image.Image, labels: Sequence[str], middles: Sequence[int]) -> Image.Image:
    """The grid with a white margin on its left that holds a right-aligned caption at each height."""
    lines = [shorten(label, 24) for label in labels]
    margin = 12 + max(round(font_for(line).getlength(line)) for line in lines)
    page = Image.new("RGB", (margin + grid.width, grid.height), "white")
    page.paste(grid, (margin, 0))
    pen = ImageDraw.Draw(page)
    for line, middle in zip(lines, middles, strict=True):
        pen.text((margin - 6, middle), line, fill=INK, font=font_for(line), anchor="rm")
    return page
