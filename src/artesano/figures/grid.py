"""Many small pictures in one: samples, crops, the images a classifier got most wrong."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from artesano.figures.style import MUTED, picture, shorten

CELL, LETTER = 1.45, 0.09  # inches; of a title, on average
LINE = 22  # letters of a caption's line


class Images(Protocol):
    """A sequence of images, or an object that loads them by index."""

    def __getitem__(self, row: int, /) -> Any: ...

    def __len__(self) -> int: ...


def image_grid(
    images: Images,
    captions: Sequence[str] | None,
    path: str | os.PathLike,
    columns: int | None = None,
    title: str | None = None,
) -> None:
    """Draw images row by row, each over its caption.

    Args:
        images: uint8 [N, C, H, W] (array or CPU tensor), or a sequence of PIL images of any sizes. One channel is
            drawn grey; of more than three the first three are drawn.
        captions: one for each image, wrapped to at most three lines; None = no captions.
        columns: None = about as wide as high.
    """
    number = len(images)
    columns = columns or _columns(number)
    rows = max(-(-number // columns), 1)
    lines = [_wrapped(caption) for caption in captions] if captions is not None else [""] * number
    depth = max((text.count("\n") + 1 if text else 0 for text in lines), default=0)

    wide = max(columns * CELL, 2.6, LETTER * len(title or ""))
    width, caption, top = wide + 0.2, depth * 0.145, 0.4 if title else 0.1
    height = rows * (CELL + caption) + top
    cell = (width - 0.2) / columns
    with picture(path, width, height) as figure:
        figure.set_layout_engine("none")
        axes = figure.add_axes((0, 0, 1, 1))  # one for all, in inches: an axes for each image takes four times as long
        axes.set_axis_off()
        if title:
            axes.text(0.1, height - 0.07, title, va="top", fontsize=11, fontweight="bold")
        for position in range(number):
            row, column = divmod(position, columns)
            image = _drawable(images[position])
            high, wide = (CELL - 0.08) * np.array(image.shape[:2]) / max(image.shape[:2])
            x, y = 0.1 + (column + 0.5) * cell, height - top - (row + 0.5) * CELL - (row + 1) * caption
            extent = (x - wide / 2, x + wide / 2, y - high / 2, y + high / 2)
            axes.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="nearest", extent=extent, aspect="auto")
            axes.text(x, y + high / 2 + 0.04, lines[position], ha="center", va="bottom", fontsize=7.5)
        if not number:
            axes.text(width / 2, height / 2, "no images", ha="center", color=MUTED)
        axes.set(xlim=(0, width), ylim=(0, height))


def most_wrong(
    images: Images,
    logits: Any,
    labels: Any,
    classes: Sequence[str],
    path: str | os.PathLike,
    *,
    count: int = 16,
) -> None:
    """Draw the mistakes made with the highest probability, captioned "true → predicted · 0.97".

    Args:
        images: as in `image_grid`, one for each row of `logits`. Where they do not all fit in memory, give only those
            of `wrongest(logits, labels, count)`, with the rows of logits and labels that belong to them.
        logits: float [N, K].
        labels: int [N].
    """
    order = wrongest(logits, labels, count)
    captions = captions_of_mistakes(logits, labels, classes, order)
    wrong = int((np.asarray(logits).argmax(1) != np.asarray(labels)).sum())
    title = f"the {len(order)} most confident of {wrong} mistakes" if wrong else "no mistakes"
    image_grid([images[int(row)] for row in order], captions, path, title=title)


def captions_of_mistakes(logits: Any, labels: Any, classes: Sequence[str], rows: np.ndarray) -> list[str]:
    """`true → predicted · 0.97` of these rows; the probability is the softmax of logits float [N, K]."""
    probabilities = _softmax(np.asarray(logits, dtype=np.float64)[rows])
    answers = probabilities.argmax(1)
    return [
        f"{shorten(classes[label], 26)} → {shorten(classes[answer], 26)} · {row[answer]:.2f}"
        for label, answer, row in zip(np.asarray(labels)[rows], answers, probabilities, strict=True)
    ]


def wrongest(logits: Any, labels: Any, count: int = 16) -> np.ndarray:
    """Rows int64 [<= count] of the wrong answers, the most confident first."""
    probabilities = _softmax(np.asarray(logits, dtype=np.float64))
    wrong = np.flatnonzero(probabilities.argmax(1) != np.asarray(labels))
    return wrong[np.argsort(-probabilities[wrong].max(1), kind="stable")][:count]


def _columns(number: int) -> int:
    """About as wide as high, with the fewest empty places in the last row."""
    if number <= 4:
        return max(number, 1)
    square = int(np.ceil(np.sqrt(number)))
    return min(range(square, int(square * 1.5) + 1), key=lambda columns: (-number % columns, columns))


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(1, keepdims=True, initial=-np.inf))
    return powers / powers.sum(1, keepdims=True)


def _drawable(image: Any) -> np.ndarray:
    """[C, H, W] array or PIL image -> [H, W] grey or [H, W, 3]."""
    array = np.asarray(image)
    if hasattr(image, "getbands"):  # PIL: height and width come first
        return array[..., :3] if array.ndim == 3 else array
    return array[0] if len(array) < 3 else array[:3].transpose(1, 2, 0)


def _wrapped(caption: str) -> str:
    first, arrow, second = caption.partition(" → ")
    if arrow and len(caption) > LINE:
        name, dot, number = second.rpartition(" · ")  # the number is never what is cut off
        second = f"{shorten(name, LINE - len(dot + number))}{dot}{number}" if dot else second
        caption = f"{shorten(first, LINE - 2) if dot else first} →\n{second}"
    lines = [line for part in caption.split("\n") for line in textwrap.wrap(part, LINE) or [""]]
    return "\n".join(lines[:3])
