"""Predictions for people: a table on a terminal, a sheet of the images under their labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from PIL import Image
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from artesano.data.io.images import UnreadableImage, load_image
from artesano.errors import BadInput
from artesano.figures.grid import image_grid
from artesano.figures.style import shorten
from artesano.file_names import expanded
from artesano.kinds.transfer.classifier import Prediction

SHOWN = 1000  # rows of the table
PICTURES = 200  # of a sheet
SIDE = 256  # pixels of a picture of it, at most


def to_terminal(predictions: Iterable[Prediction], console: Console) -> None:
    """A row for each image: its file, the label and its probability, and what came second."""
    rows: list[tuple[str, ...]] = []
    count = 0
    for count, prediction in enumerate(predictions, start=1):
        if count <= SHOWN:
            rows.append(cells(prediction))
    head = ("image", "label", "probability", "second")
    longest = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    left = console.width - len("probability") - 3 * len(head) - 1  # the spaces at the columns
    label, second = (min(longest[column], max(len(head[column]), left // 3)) for column in (1, 3))
    widths = (max(10, left - label - second), label, longest[2], second)
    table = Table(box=box.SIMPLE_HEAD)
    for name, style in zip(head, ("", "bold", "", "dim"), strict=True):
        table.add_column(name, style=style, no_wrap=True, justify="right" if name == "probability" else "left")
    for row in rows:
        table.add_row(*(escape(shorten(cell, most)) for cell, most in zip(row, widths, strict=True)))
    if count > SHOWN:
        table.caption = f"the first {SHOWN:,} of {count:,}; -o labels.csv has all"
    console.print(table)


def cells(prediction: Prediction) -> tuple[str, str, str, str]:
    """File name, label, probability, second label with its probability; of an unknown image its best label."""
    name = Path(prediction.path or "").name
    if prediction.error is not None:
        return name, "unreadable", "-", ""
    (best, probability), *others = prediction.top5
    second = f"{others[0][0]} {others[0][1]:.2f}" if others else ""
    return name, prediction.label or "", f"{probability:.2f}", second if prediction.known else best


class Sheet:
    """Gathers predictions on their way, and draws the first ones.

    Args:
        path: of the picture, a .png.
        images: files that are predicted, none of which is written to.

    Raises:
        BadInput: another ending, or the path of one of the images.
    """

    def __init__(self, path: str, images: Sequence[str]):
        self.path = expanded(path)
        if self.path.suffix.lower() != ".png":
            raise BadInput(f"--sheet {path}: the ending must be .png.")
        if self.path.resolve() in {Path(image).resolve() for image in images}:
            raise BadInput(f"--sheet {path} is one of the images; originals are never written to.")
        self.pictures: list[Image.Image] = []
        self.captions: list[str] = []
        self.count = 0

    def gathered(self, predictions: Iterable[Prediction]) -> Iterator[Prediction]:
        """The same predictions."""
        for prediction in predictions:
            self.count += 1
            if len(self.pictures) < PICTURES and prediction.error is None:
                self.add(prediction)
            yield prediction

    def add(self, prediction: Prediction) -> None:
        try:
            picture = load_image(prediction.path or "")
        except UnreadableImage:
            return
        picture.thumbnail((SIDE, SIDE))
        name, label, probability, _ = cells(prediction)
        self.pictures.append(picture)
        self.captions.append(f"{label} {probability}\n{name}")

    def write(self) -> str:
        """Draw them; returns a line that says where."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        image_grid(self.pictures, self.captions, self.path)
        part = f" (the first {len(self.pictures)} of {self.count})" if self.count > len(self.pictures) else ""
        return f"sheet: {self.path}{part}"
