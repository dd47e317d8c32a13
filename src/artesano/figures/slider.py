"""A page to compare methods: each image with a slider between two of them, in one self-contained file."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment
from PIL import Image

from artesano.figures.strips import Columns, as_rgb, check_columns, fitted

LARGEST = 1024  # px of a side, beyond which images are shrunk by a whole number
LOSSLESS = 512 * 512  # px up to which images are PNG; larger ones are JPEG of high quality


def slider_page(
    columns: Columns,
    path: str | os.PathLike,
    captions: Sequence[str] | None = None,
    *,
    title: str = "Before and after",
    before: str | None = None,
    after: str | None = None,
) -> None:
    """Write one self-contained HTML file; equal input gives equal bytes.

    Which two columns are compared is chosen at the page's top. The sliders are range inputs: they move by touch, by
    mouse and by the arrow keys. The page follows the reader's light or dark setting.

    Args:
        columns: as for `figures.strips.strips`; all in the size of the last.
        captions: one for each image.
        before, after: titles of the columns shown first; None = the first, and the one before the last (the last
            where there are only two), since the truth stands last.

    Raises:
        ValueError: no images, columns or captions of different length, or no such column.
    """
    number, titles = check_columns(columns, captions), list(columns)
    before = titles[0] if before is None else before
    after = titles[-2 if len(titles) > 2 else -1] if after is None else after
    if unknown := {before, after} - set(titles):
        raise ValueError(f"no column {unknown.pop()}, but {', '.join(titles)}")
    figures, sources = [], []
    for row in range(number):
        images = [as_rgb(images[row]) for images in columns.values()]
        pictures = [Image.fromarray(fitted(image, images[-1])) for image in images]
        caption = captions[row] if captions is not None else f"image {row + 1}"
        figures.append((caption, pictures[0].size))
        sources.append([_inline(picture) for picture in pictures])
    environment = Environment(autoescape=True, trim_blocks=True)
    page = environment.from_string(files("artesano.figures").joinpath("slider.html").read_text("utf-8")).render(
        title=title,
        titles=titles,
        before=titles.index(before),
        after=titles.index(after),
        figures=figures,
        sources=sources,
    )
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(page, encoding="utf-8", errors="backslashreplace")


def _inline(picture: Image.Image) -> str:
    """A data: address."""
    shrink = -(-max(picture.size) // LARGEST)
    if shrink > 1:
        picture = picture.reduce(shrink)
    file = io.BytesIO()
    lossless = picture.width * picture.height <= LOSSLESS
    if lossless:
        picture.save(file, format="PNG", optimize=True)
    else:
        picture.save(file, format="JPEG", quality=95, subsampling=0)
    return f"data:image/{'png' if lossless else 'jpeg'};base64,{base64.b64encode(file.getvalue()).decode()}"
