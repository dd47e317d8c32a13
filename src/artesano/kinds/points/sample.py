"""`artesano sample` of a GAN on points: a picture over the real ones, and a file for other programs."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from artesano.errors import BadInput
from artesano.figures.points import Scene, draw_points
from artesano.kinds.data_of_run import data_for
from artesano.kinds.gan.generator import SampleOptions
from artesano.kinds.places import file_to_write
from artesano.kinds.points.generator import LoadedPointGan
from artesano.kinds.points.load import load_point_gan
from artesano.next_steps import next_steps, quoted

COUNT = 2500


def command(run: str, positional: list[str], arguments: Namespace) -> int:
    """Draw samples into <run>/samples/points.png; with `--to` write them there as well."""
    if positional:
        raise BadInput(f"{', '.join(positional)}: for GANs from images; {run} makes points from noise.")
    gan = load_point_gan(run, arguments.which or "best")
    place = file_to_write(arguments.to, (".csv", ".npy"), "--to") if arguments.to else None
    classes = tuple(gan.label(name) for name in arguments.classes or ())
    options = SampleOptions(arguments.seed, classes, arguments.truncation)
    count = COUNT if arguments.count is None else arguments.count
    z, labels = gan.draw_for(options, count)
    points = torch.cat(list(gan.images(z, labels, options.seed)))
    path = gan.folder / "samples" / "points.png"
    draw(gan, points, path)
    print(f"{count:,} samples over the real points: {path}")
    if place is not None:
        write(gan, points, labels, place)
        print(f"{count:,} samples: {place}")
    where = quoted(gan.folder)
    next_steps(
        f"artesano sample {where} --count 10000 --to samples.csv",
        f"artesano evaluate {where}",
        f"artesano export {where}",
    )
    return 0


def draw(gan: LoadedPointGan, points: Tensor, path: Path) -> None:
    """The samples over as many points of the run's own data."""
    real = data_for([], gan.folder).fresh(len(points), "picture")  # type: ignore[attr-defined]
    draw_points(Scene(extent=1.1 * float(np.abs(real).max()), real=real, fake=points.numpy()), path)


def write(gan: LoadedPointGan, points: Tensor, labels: Tensor, path: Path) -> None:
    """Columns x, y and, of a generator with labels, class; or an array float32 [N, 2]."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix.lower() == ".npy":
        np.save(path, points.numpy())
        return
    table = pd.DataFrame(points.numpy(), columns=["x", "y"])
    if gan.conditional:
        table["class"] = [gan.classes[label] for label in labels]
    table.to_csv(path, index=False)
