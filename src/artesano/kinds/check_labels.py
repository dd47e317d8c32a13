"""`artesano check ... --labels`: which labels of a data set are likely wrong, by features of a pretrained backbone."""

from __future__ import annotations

import os
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor

from artesano.config.compose import Composed, compose
from artesano.config.overrides import key, normalise
from artesano.data.loaders import Loaders
from artesano.errors import BadInput
from artesano.figures.grid import image_grid
from artesano.file_names import readable
from artesano.kinds.all_problems import all_problems
from artesano.kinds.check_images import picture_of
from artesano.kinds.registry import experiment_of
from artesano.kinds.transfer.pictures import write_table
from artesano.metrics.label_mistakes import out_of_fold, suspicious_first
from artesano.next_steps import next_steps, quoted

SHOWN, DRAWN = 20, 24  # rows of the table, images of the sheet
PARTS = ("train", "val", "test")
COLUMNS = ("image", "part", "label", "label_probability", "likely", "likely_probability", "suspected")


@dataclass(frozen=True)
class Labelled:
    """Images of all parts that could be read.

    Attributes:
        features: float32 [N, D].
        labels: int64 [N].
        places: [N], part and row.
    """

    loaders: Loaders
    features: Tensor
    labels: Tensor
    places: list[tuple[str, int]]

    def file(self, image: int) -> str:
        part, row = self.places[image]
        return readable(self.loaders.names(part, [row])[0])

    def picture(self, image: int) -> Any:
        part, row = self.places[image]
        return self.loaders.images(part, [row])[0].numpy()


def command(arguments: Namespace) -> int:
    """Print the most suspicious images, write all of them to a table, and draw some.

    Raises:
        BadInput: the data or the weights cannot be used, or there is one class alone.
    """
    overrides = arguments.overrides
    if arguments.picture:
        refuse_to_replace(Path(arguments.picture).with_suffix(".csv"))
    images, composed = labelled(overrides)
    classes = images.loaders.classes
    probabilities = out_of_fold(images.features, images.labels)
    order, suspected = suspicious_first(probabilities, images.labels)
    rows = [row(images, int(image), probabilities[image], classes, bool(suspected[image])) for image in order]
    picture = picture_of(arguments, composed, "-labels")
    csv = picture.with_suffix(".csv")
    write_table(rows, csv)
    drawn = [int(image) for image in order[: min(DRAWN, max(1, int(suspected.sum())))]]
    captions = [f"{one['label']} → {one['likely']} · {one['likely_probability']:.2f}" for one in rows]
    title = f"{len(drawn)} of {int(suspected.sum())} suspected labels: given → likely"
    image_grid([images.picture(image) for image in drawn], captions[: len(drawn)], picture, title=title)

    backbone = composed.resolved["backbone"]
    right = float((probabilities.argmax(dim=1) == images.labels).double().mean())
    shown = rows[: min(SHOWN, int(suspected.sum()))]
    folder = os.path.commonpath([os.path.dirname(one["image"]) for one in rows])
    table = Table("image", "part", "label", "p", "likely", "p", title=folder or None, title_justify="left")
    for one in shown:
        name = one["image"].removeprefix(f"{folder}{os.sep}")
        label, likely = (f"{one[column]:.3f}" for column in ("label_probability", "likely_probability"))
        table.add_row(name, one["part"], one["label"], label, one["likely"], likely)
    Console().print(table)
    print(
        f"{int(suspected.sum()):,} of {len(rows):,} labels are suspected. A probe of {backbone}'s features agrees with "
        f"{right:.1%} of the labels of images that it has not seen; the lower this is, the more of the suspicions are "
        "its own mistakes. Look before you change a label."
    )
    print(f"all images, the most suspicious first: {csv}\npicture: {picture}")
    said = " ".join(map(quoted, overrides))
    next_steps(f"artesano check {said}".rstrip(), f"artesano train {said}".rstrip())
    return 0


def refuse_to_replace(csv: Path) -> None:
    """Raise BadInput where there is a file of that name which is no earlier table of ours."""
    if csv.exists() and not csv.read_text(encoding="utf-8", errors="replace").startswith(",".join(COLUMNS)):
        raise BadInput(f"--picture {csv.with_suffix('.png')}: its table would replace {csv}; give another name.")


def row(images: Labelled, image: int, probabilities: Tensor, classes: list[str], suspected: bool) -> dict[str, Any]:
    """Of the table: the label, and the most likely other class."""
    label = int(images.labels[image])
    likely = int(probabilities.index_fill(0, torch.tensor([label]), -1.0).argmax())
    of_label, of_likely = (round(float(probabilities[one]), 6) for one in (label, likely))
    values = (
        images.file(image),
        images.places[image][0],
        classes[label],
        of_label,
        classes[likely],
        of_likely,
        suspected,
    )
    return dict(zip(COLUMNS, values, strict=True))


def labelled(overrides: list[str]) -> tuple[Labelled, Composed]:
    """Features of all parts by the backbone that `artesano train strategy=freeze` of these words begins with, from its
    cache where they are there."""
    words = [word for word in normalise(overrides) if key(word) != "strategy" and not key(word).startswith("strategy.")]
    if others := [
        word for word in words if word.startswith("gan=") or (key(word) == "task" and word != "task=transfer")
    ]:
        raise BadInput(f"{others[0]}: --labels is about the classes of images; leave it out.")
    with all_problems([*words, "strategy=freeze"]):
        composed = compose([*words, "strategy=freeze"])
        experiment: Any = experiment_of(composed.resolved, composed.origins, composed.choices)
    experiment.check()
    if experiment.data.several:
        raise BadInput(f"{experiment.data.place()}: its images have several labels; --labels is for images with one.")
    loaders, network = experiment.parts()
    if len(loaders.classes) < 2:
        raise BadInput(f"{loaders.data.place()}: there is one class, so no label can be another.")
    known = experiment.features(loaders, network)
    features, labels, places = [], [], []
    for part in PARTS:
        batch = known.features(part)
        own = torch.arange(len(batch.index)) == batch.index  # others stand in for images that cannot be read
        features.append(batch.features[own])
        labels.append(batch.labels[own])
        places += [(part, int(index)) for index in batch.index[own]]
    return Labelled(loaders, torch.cat(features), torch.cat(labels), places), composed
