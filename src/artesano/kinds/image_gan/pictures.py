"""The pictures that a GAN from images leaves: strips while it trains, and at its end beside the baselines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from artesano.data.batches import RawPairs
from artesano.data.pairs.loaders import PairLoaders
from artesano.evaluation.pair_measures import PairMeasures
from artesano.figures.gan_curves import gan_curves
from artesano.figures.samples import sample_grid
from artesano.figures.strips import strips
from artesano.figures.timelapse import timelapse
from artesano.kinds.adversarial.sample_images import SampleImages
from artesano.runs.metrics import read_rows

COMPARED = 6  # test images beside the baselines at the end
SHOWN = 8  # images of a strip while training, in two columns
SIDE = 128  # pixels of a side that are shown of larger ones


class Strips(SampleImages):
    """The same validation images: what goes in, what is made, what was wanted."""

    def __init__(self, folder: Path, every: int, loaders: PairLoaders):
        super().__init__(folder, every)
        self.loaders = loaders
        self.batches: list[RawPairs] = []

    def draw(self, module: Any, path: Path) -> None:
        if not self.batches:
            self.batches = list(self.loaders.evaluate("val", count=SHOWN))
        columns = []
        for batch in self.batches:
            prepared = self.loaders.prepare(batch.moved(module.device), None)
            made = module.translate(prepared)
            size = made.shape[-2:]
            source, target = unit(module, prepared.source), unit(module, prepared.target)
            columns += [F.interpolate(source, size), made]
            columns.append(target if self.loaders.listing.paired else framed(target, size))
        tiles = [shown(image) for images in zip(*[iter(columns)] * 3, strict=True) for image in interleaved(images)]
        sample_grid(of_one_size(tiles), path, columns=6, legend=self.loaders.listing.shown_legend)


def unit(module: Any, images: Tensor) -> Tensor:
    """Normalised images in [0, 1]."""
    return (images.float() * module.pixels.std + module.pixels.mean).clamp(0, 1)


def framed(images: Tensor, size: torch.Size) -> Tensor:
    """[N, C, *size]: their middle, white around what is smaller; the size of no partner stretches a picture."""
    down, right = (length - side for length, side in zip(size, images.shape[-2:], strict=True))
    return F.pad(images, (right // 2, right - right // 2, down // 2, down - down // 2), value=1.0)


def interleaved(images: tuple[Tensor, ...]) -> list[Tensor]:
    """First of each, second of each, ..."""
    return [image for row in zip(*images, strict=True) for image in row]


def shown(image: Tensor) -> Tensor:
    """uint8 [3, S, S] with S = SIDE at most: the middle, as grey or the first three channels."""
    image = image[:3] if len(image) >= 3 else image[:1].expand(3, -1, -1)
    side = min(SIDE, *image.shape[-2:])
    top, left = ((length - side) // 2 for length in image.shape[-2:])
    return (image[:, top : top + side, left : left + side] * 255).round().to(torch.uint8).cpu()


def of_one_size(tiles: list[Tensor]) -> Tensor:
    """uint8 [N, 3, S, S]: smaller ones in the middle of white, where the images of a part differ in size."""
    side = max(tile.shape[-1] for tile in tiles)
    before = [(side - tile.shape[-1]) // 2 for tile in tiles]
    return torch.stack(
        [
            F.pad(tile, (left, side - tile.shape[-1] - left) * 2, value=255)
            for tile, left in zip(tiles, before, strict=True)
        ]
    )


def draw(
    folder: Path, module: Any, loaders: PairLoaders, states: dict[str, torch.nn.Module], measures: Any
) -> list[Path]:
    """Write strips with the baselines, curves and the timelapse into <folder>/plots."""
    plots = folder / "plots"
    paths = [plots / "strips.png", plots / "curves.png", plots / "timelapse.gif"]
    before_after(measures, module, states, paths[0])
    gan_curves(read_rows(folder / "metrics.csv"), paths[1])
    timelapse(sorted((folder / "images").glob("step_*.png")), paths[2])
    return paths


def before_after(
    measures: PairMeasures, translator: Any, states: dict[str, torch.nn.Module], path: Path, part: str = "test"
) -> None:
    """Some images of a part, of each zoom level as many: what goes in, the baselines, each state, the truth."""
    loaders = measures.loaders
    columns: dict[str, list[Tensor]] = {}
    captions: list[str] = []
    target_title = "truth" if loaders.listing.paired else "of that kind"
    for batch in loaders.evaluate(part, count=COMPARED):
        prepared, in_unit = measures.images.prepared(translator, batch)
        made = {"input": measures.kind.shown_source(in_unit.source)}
        made |= measures.baseline_images(in_unit) if loaders.listing.paired else {}
        made |= {name: translator.translate(prepared, network) for name, network in states.items()}
        target = in_unit.target
        if not loaders.listing.paired:
            target = framed(target, next(reversed(made.values())).shape[-2:])
        for name, images in (made | {target_title: target}).items():
            columns.setdefault(name, []).extend(images.cpu())
        captions += [loaders.listing.caption(part, int(row)) for row in prepared.index]
    strips(columns, path, captions, legend=loaders.listing.shown_legend)
