"""The pictures that a GAN run leaves: the last grid, a grid per class, real beside fake, curves, the timelapse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from artesano.data.loaders import Loaders
from artesano.figures.gan_curves import gan_curves
from artesano.figures.samples import sample_grid
from artesano.figures.timelapse import timelapse
from artesano.kinds.adversarial.sample_images import SampleImages
from artesano.runs.metrics import read_rows

GRID = 64  # images of a grid
MOST_CLASSES = 20  # rows of the grid per class


class Grids(SampleImages):
    """The same noise through the generator that will be shipped.

    Args:
        classes: conditional generators show a column for each of the first eight; 0 = without labels.
    """

    def __init__(self, folder: Path, every: int, classes: int):
        super().__init__(folder, every)
        self.classes = classes

    def draw(self, module: Any, path: Path) -> None:
        z, _ = module.evaluation_latents(GRID, "grid")
        labels = torch.arange(GRID) % min(8, self.classes) if self.classes else torch.zeros(GRID, dtype=torch.int64)
        sample_grid(module.images(z, labels).cpu(), path, columns=8)


def draw(folder: Path, module: Any, loaders: Loaders, conditional: bool, floors: dict[str, float]) -> list[Path]:
    """Write them into <folder>/plots; the module holds the best state.

    Args:
        floors: of the metrics, by their kind.
    """
    plots = folder / "plots"
    z, labels = module.evaluation_latents(GRID, "grid")
    paths = [plots / "samples.png", plots / "real.png", plots / "curves.png", plots / "timelapse.gif"]
    sample_grid(module.images(z, labels).cpu(), paths[0])
    rows = torch.randperm(len(loaders.listing.splits["train"]), generator=torch.Generator().manual_seed(0))[:64]
    sample_grid(loaders.images("train", rows), paths[1])
    gan_curves(read_rows(folder / "metrics.csv"), paths[2], floors)
    timelapse(sorted((folder / "images").glob("step_*.png")), paths[3])
    if conditional:
        paths.append(plots / "classes.png")
        names = loaders.classes[:MOST_CLASSES]
        labels = torch.arange(len(names)).repeat_interleave(8)
        z, _ = module.evaluation_latents(8, "classes")  # the same eight latents for every class
        sample_grid(module.images(z.repeat(len(names), 1), labels).cpu(), paths[-1], labels=names)
    return paths
