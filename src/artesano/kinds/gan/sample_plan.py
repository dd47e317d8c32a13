"""What `artesano sample` was asked for -> pictures and files, each with the line that tells of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from artesano.evaluation.extractors import make_extractor
from artesano.kinds.gan import memorisation as memorising
from artesano.kinds.gan import sample, sample_files
from artesano.kinds.gan.load import LoadedGan
from artesano.kinds.gan.sample import Wanted

GRID, COMPARED = 64, 500  # samples of a grid, and of the neighbours' median


def draw(gan: LoadedGan, wanted: Wanted, asked: Any) -> Iterator[str]:
    """Every picture that an option of `artesano sample` names; the grid where none does.

    Args:
        asked: the parsed options: per_class, interpolate, walk, codes, neighbours, extractor, count, to.
    """
    folder = gan.folder / "samples"
    place = sample_files.check_place(asked.to) if asked.to else None  # a bad one is told before anything is drawn
    count = GRID if asked.count is None else asked.count
    special = asked.per_class, asked.interpolate, asked.walk, asked.codes, asked.neighbours
    if asked.per_class:
        left_out = sample.per_class(gan, wanted, path := folder / "per_class.png")
        yield f"a row per class: {path}"
        if left_out:
            yield f"  {len(left_out)} more classes, from {left_out[0]} on: choose with --class"
    if asked.interpolate:
        sample.interpolate(gan, wanted, path := folder / f"interpolate_{asked.interpolate}.png", asked.interpolate)
        yield f"interpolations: {path}"
    if asked.codes:
        sample.traversals(gan, wanted, path := folder / "codes.png")
        yield f"codes: {path}"
    if asked.walk:
        sample.walk(gan, wanted, path := Path(asked.walk).expanduser())
        yield f"latent walk: {path}"
    if asked.neighbours:
        yield from _neighbours(gan, wanted, asked.count or COMPARED, asked.extractor, folder / "neighbours.png")
    if place is not None:
        sample_files.write(gan, wanted, count, place)
        yield f"{count:,} samples: {place}"
    elif not any(special):
        sample.grid(gan, wanted, path := folder / "grid.png", count)
        yield f"{count:,} samples: {path}"


def _neighbours(gan: LoadedGan, wanted: Wanted, count: int, extractor: str, path: Path) -> Iterator[str]:
    features = make_extractor(extractor)
    images, _, _ = sample.samples(gan, wanted, count)
    loaders = memorising.run_loaders(gan)
    found = memorising.neighbours(images, loaders, lambda rows: features(rows).features)
    memorising.draw(found, images, loaders, path)
    trained = len(loaders.listing.splits["train"])
    yield f"the samples nearest to a training image, and beside each its nearest ones: {path}"
    yield f"distance of {count:,} samples to the {trained:,} training images over that of unseen real images:"
    yield f"  {found.ratio:.2f} in the median, by {features.name} features; about 1 = as new as those, near 0 = copies"
    yield f"  {found.copies:.1%} of the samples are below {memorising.SUSPICIOUS}"
