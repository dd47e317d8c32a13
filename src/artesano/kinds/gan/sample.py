"""`artesano sample` of a GAN from noise: pictures and files, each with a line that says where it is."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from artesano.errors import BadInput
from artesano.evaluation.extractors import Extractor, make_extractor
from artesano.file_names import expanded
from artesano.kinds.gan import memorisation as memorising
from artesano.kinds.gan import sample_files
from artesano.kinds.gan import sample_pictures as pictures
from artesano.kinds.gan.generator import LoadedGan, SampleOptions
from artesano.kinds.gan.load import load_gan
from artesano.kinds.places import file_to_write
from artesano.next_steps import next_steps, quoted

GRID, COMPARED = 64, 500  # samples of a grid, and of the neighbours' median


def command(run: str, positional: list[str], arguments: Namespace) -> int:
    """Draw what the options name; the grid where none does."""
    if positional:
        raise BadInput(f"{', '.join(positional)}: for GANs from images; {run} makes images from noise.")
    gan = load_gan(run, arguments.which or "best")
    labels = tuple(gan.label(name) for name in arguments.classes or ())
    for line in draw(gan, SampleOptions(arguments.seed, labels, arguments.truncation), arguments):
        print(line)
    where = quoted(gan.folder)
    special = "--per-class" if gan.conditional else "--codes" if gan.latent.code_dim else "--interpolate both"
    next_steps(
        f"artesano sample {where} {special}",
        f"artesano sample {where} --neighbours   # is it memorising?",
        f"artesano evaluate {where}",
    )
    return 0


def draw(gan: LoadedGan, options: SampleOptions, arguments: Namespace) -> Iterator[str]:
    """Every picture that an option names; the grid where none does. Each line says where one is."""
    folder = gan.folder / "samples"
    # a bad place is refused before anything is drawn
    place = sample_files.check_place(arguments.to) if arguments.to else None
    if arguments.walk:
        file_to_write(arguments.walk, (".gif", ".mp4"), "--walk")
    count = GRID if arguments.count is None else arguments.count
    special = arguments.per_class, arguments.interpolate, arguments.walk, arguments.codes, arguments.neighbours
    if arguments.per_class:
        left_out = pictures.per_class(gan, options, path := folder / "per_class.png")
        yield f"a row per class: {path}"
        if left_out:
            yield f"  {len(left_out)} more classes, from {left_out[0]} on: choose with --class"
    if way := arguments.interpolate:
        pictures.interpolate(gan, options, path := folder / f"interpolate_{way}.png", way)
        yield f"interpolations: {path}"
    if arguments.codes:
        pictures.traversals(gan, options, path := folder / "codes.png")
        yield f"codes: {path}"
    if arguments.walk:
        pictures.walk(gan, options, path := expanded(arguments.walk))
        yield f"latent walk: {path}"
    if arguments.neighbours:
        features = make_extractor(arguments.extractor or "lite0")
        yield from _neighbours(gan, options, arguments.count or COMPARED, features, folder / "neighbours.png")
    if place is not None:
        sample_files.write(gan, options, count, place)
        yield f"{count:,} samples: {place}"
    elif not any(special):
        pictures.grid(gan, options, path := folder / "grid.png", count)
        yield f"{count:,} samples: {path}"


def _neighbours(gan: LoadedGan, options: SampleOptions, count: int, features: Extractor, path: Path) -> Iterator[str]:
    images, _, _ = pictures.samples(gan, options, count)
    loaders = memorising.run_loaders(gan)
    neighbours = memorising.neighbours(images, loaders, lambda rows: features(rows).features)
    memorising.draw(neighbours, images, loaders, path)
    trained = len(loaders.listing.splits["train"])
    yield f"the samples nearest to a training image, and beside each its nearest ones: {path}"
    yield f"distance of {count:,} samples to the {trained:,} training images over that of unseen real images:"
    scale = "about 1 = as new as those, near 0 = copies"
    yield f"  {neighbours.ratio:.2f} in the median, by {features.name} features; {scale}"
    yield f"  {neighbours.copies:.1%} of the samples are below {memorising.SUSPICIOUS}"
