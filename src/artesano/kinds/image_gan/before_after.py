"""Before and after: the test images of a run, or the user's own, beside what its generator makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from artesano.config.overrides import normalise
from artesano.data.io.picture import Picture, Unusable, read_picture
from artesano.data.io.pixels import on_white
from artesano.data.pairs.loaders import PairLoaders
from artesano.figures.colour_legend import Legend
from artesano.figures.slider import slider_page
from artesano.figures.strips import strips
from artesano.file_names import readable
from artesano.kinds.data_of_run import folder_of_data, folder_of_images, name_for
from artesano.kinds.image_gan.generator import ImageGenerator
from artesano.kinds.image_gan.masks import Masks
from artesano.kinds.image_gan.pairs_for import pairs_for
from artesano.kinds.image_gan.tiles import brightest
from artesano.kinds.image_gan.ways import WAYS, advised, holes, inverted, seen
from artesano.kinds.image_gan.whole_images import WholeImages
from artesano.metrics.baselines import Bicubic
from artesano.runs.folder import slug

SHOWN = 6  # rows
LARGEST = 768  # px of a side of a result; of larger ones the middle is shown, or where the hole is


@dataclass
class Rows:
    """What is drawn: an image [C, H, W] in uint8, or in floats from 0 to 1, for each column and row.

    Attributes:
        columns: by title; the input first, the truth last where there is one.
        captions: of the rows.
        before, after: the two that the slider page begins with.
        failed: files that could not be used, as `path: reason`.
        remarks: path and what is odd about an image that was used all the same.
        legend: of drawn maps.
    """

    before: str
    after: str
    columns: dict[str, list[np.ndarray]] = field(default_factory=dict)
    captions: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    remarks: list[tuple[str, str]] = field(default_factory=list)
    legend: Legend = field(default_factory=list)

    def add(self, caption: str, images: dict[str, np.ndarray]) -> None:
        """One row; images [H, W, C] of any depth."""
        for title, image in images.items():
            floats = image.dtype == np.uint8 or np.issubdtype(image.dtype, np.floating)
            shown = image if floats else image / np.float32(brightest(image.dtype))
            self.columns.setdefault(title, []).append(shown.transpose(2, 0, 1))
        self.captions.append(readable(caption))

    def draw(self, folder: Path, title: str) -> tuple[Path, Path]:
        """Write strips.png and slider.html."""
        picture, page = folder / "strips.png", folder / "slider.html"
        strips(self.columns, picture, self.captions, legend=self.legend)
        slider_page(self.columns, page, self.captions, title=title, before=self.before, after=self.after)
        return picture, page


def of_test_images(whole: WholeImages, labels: Sequence[int], overrides: list[str], count: int, b2a: bool) -> Rows:
    """Images of the test part, spread over it, of each label as many.

    Args:
        labels: a column for each; empty = the image's own.
        overrides: `data=... data.<option>=...`: others than the run's.
        b2a: a cycle run's way back, from target to source.

    Raises:
        BadInput: the data are not there, or no pairs, or of other channels than the run takes.
    """
    gan = whole.gan
    loaders = pairs_for(gan, overrides, b2a=b2a, labelled=not labels)
    rows = _begun(gan, labels, loaders.listing.shown_legend)
    for source, target, label, caption in _pairs(gan, loaders, count, b2a):
        hole = source[..., -1:] > 0.5 if gan.fills_holes else np.False_
        pictured = source[..., : gan.picture_channels]
        images = {"input": np.where(hole, np.float32(1), pictured)} | _interpolated(gan, source)
        for title, column_label in _columns(gan, labels, label).items():
            made = whole(source, column_label)
            images[title] = np.where(hole, made, pictured) if gan.fills_holes else made
        rows.add(caption, images if target is None else images | {"truth": target})
    return rows


def of_files(
    whole: WholeImages,
    labels: Sequence[int],
    files: Sequence[str],
    masks: Masks | None = None,
    *,
    invert: bool = False,
) -> Rows:
    """The user's pictures; those that cannot be used are told.

    Args:
        labels: a column for each; empty = all, of a generator that takes labels.
    """
    gan = whole.gan
    labels = labels or (range(len(gan.classes)) if gan.conditional else ())
    rows = _begun(gan, labels, [(meaning, tuple(colour)) for meaning, colour in gan.record["data"].get("legend", [])])
    for number, file in enumerate(files):
        whole.bars.image(number, file)
        try:
            read = read_picture(Path(file), gan.picture_channels)
            mask = None if masks is None else masks.of(Path(file), read.pixels.shape[:2])
            centre = _centre(holes(read, mask), gan) if gan.fills_holes else None
            alpha, hole = (None if part is None else _middle(part, gan, centre=centre) for part in (read.alpha, mask))
            picture = Picture(_middle(read.pixels, gan, centre=centre), alpha)
            picture = inverted(picture) if invert else picture
            columns = _columns(gan, labels, None)
            made = {title: WAYS[gan.image_to_image](whole, picture, label, hole) for title, label in columns.items()}
        except (Unusable, MemoryError, OSError) as error:
            rows.failed.append(f"{file}: {str(error) or 'memory ran out'}")
            continue
        remarks = {result.remark for result in made.values()} - {""}
        rows.remarks += [(file, advised(remark, invert)) for remark in remarks]
        pictured = _on_white(picture, seen(gan, picture))
        if hole is not None:
            pictured = np.where(hole, pictured.dtype.type(brightest(pictured.dtype)), pictured)
        shown = {"input": pictured} | _interpolated(gan, picture.pixels)
        rows.add(Path(file).name, shown | {title: result.pixels for title, result in made.items()})
    return rows


def folder_for(gan: ImageGenerator, overrides: list[str], inputs: Sequence[str], variants: Sequence[str] = ()) -> Path:
    """<run>/samples for the run's own test images; folders in it for others, each for one set of images.

    Args:
        variants: other weights, another direction, labels: they have a folder of their own too.
    """
    own = gan.folder / "samples"
    if inputs:
        own = folder_of_images(own, inputs)
    elif overrides:
        own = folder_of_data(own, name_for(overrides, "test"), normalise(overrides))
    return own / slug("-".join(variants)) if variants else own


def _begun(gan: ImageGenerator, labels: Sequence[int], legend: Legend) -> Rows:
    after = next(iter(_columns(gan, labels, None)))
    return Rows(next(iter(_interpolated(gan, np.zeros((1, 1, 1), np.uint8))), "input"), after, legend=legend)


def _columns(gan: ImageGenerator, labels: Sequence[int], own: int | None) -> dict[str, int | None]:
    """Titles of the generator's columns, and the label that each is asked with."""
    name = gan.record["model"]["gan"]
    return {f"{name}: {gan.classes[label]}": label for label in labels} or {name: own if gan.conditional else None}


def _pairs(
    gan: ImageGenerator, loaders: PairLoaders, count: int, b2a: bool
) -> Iterator[tuple[np.ndarray, np.ndarray | None, int, str]]:
    """Source and target, float32 [H, W, C] in [0, 1], label and name; no target where it is no partner."""
    mean, std = gan.pixels.mean, gan.pixels.std
    batches: Any = loaders.evaluate("test", count=count)
    for batch in batches:
        prepared = loaders.prepare(batch, None)
        sources, targets = (_arrays(images * std + mean) for images in (prepared.source, prepared.target))
        if b2a:
            sources, targets = targets, sources
        names = [loaders.listing.caption("test", int(row)) for row in batch.index]
        if b2a and not loaders.listing.paired:  # rows are named by the other side, which is no partner
            names = [f"image {int(row) + 1}" for row in batch.index]
        partners = targets if loaders.listing.paired else [None] * len(sources)
        for source, target, label, name in zip(sources, partners, batch.labels.tolist(), names, strict=True):
            yield _middle(source, gan), None if target is None else _middle(target, gan, gan.scale), label, name


def _arrays(images: Tensor) -> list[np.ndarray]:
    return list(images.clamp(0, 1).permute(0, 2, 3, 1).numpy())


def _middle(
    image: np.ndarray, gan: ImageGenerator, scale: int = 1, centre: tuple[int, int] | None = None
) -> np.ndarray:
    """The part of a source (of a target, with its scale) whose result is at most `LARGEST` px wide and high.

    Args:
        centre: of the part, px of the source; None = the middle.
    """
    side = max(1, LARGEST // gan.scale)
    lengths = [length // scale for length in image.shape[:2]]
    wanted = [length // 2 for length in lengths] if centre is None else centre
    top, left = (
        max(0, min(place - side // 2, length - side)) * scale for place, length in zip(wanted, lengths, strict=True)
    )
    return image[top : top + scale * side, left : left + scale * side]


def _centre(hole: np.ndarray | None, gan: ImageGenerator) -> tuple[int, int] | None:
    """Row and column of the place on the border of what is missing, bool [H, W, 1], that is nearest to the middle.

    Returns:
        None where the middle shows both, or all is missing, or nothing.
    """
    if hole is None or _middle(hole, gan).any() > _middle(hole, gan).all():
        return None
    borders = np.argwhere(hole[1:, :, 0] != hole[:-1, :, 0]), np.argwhere(hole[:, 1:, 0] != hole[:, :-1, 0])
    places = np.concatenate(borders)
    if not len(places):
        return None
    apart = np.abs(places - np.array(hole.shape[:2]) // 2).max(1)
    row, column = places[apart.argmin()]
    return int(row), int(column)


def _interpolated(gan: ImageGenerator, source: np.ndarray) -> dict[str, np.ndarray]:
    """What needs no network, where the result is larger than the source."""
    if gan.scale == 1:
        return {}
    height, width, channels = source.shape
    floats = torch.from_numpy(source.astype(np.float32) / brightest(source.dtype)).permute(2, 0, 1)[None]
    large = Bicubic()(floats, None, (channels, gan.scale * height, gan.scale * width))
    return {"bicubic": _arrays(large)[0]}


def _on_white(picture: Picture, source: np.ndarray) -> np.ndarray:
    """What the generator gets; of what it gets with its opacity apart, transparent pixels white, as a browser does."""
    if picture.alpha is None or source is not picture.pixels:
        return source
    return on_white(np.concatenate([picture.pixels, picture.alpha], 2))
