"""Check: look at a data set before training on it.

artesano check                                     the embedded MNIST-5k
artesano check data=folder data.root=~/photos      your images, one subfolder per class
artesano check data=csv data.file=labels.csv       your images, listed in a CSV
artesano check data=paired_folder data.root=maps   pairs of images; with gan=pix2pix also at its image_size and scale

Prints images per class and split, sizes, modes, duplicates across splits, unreadable files; draws the first images.
Of pairs: counts, sizes, channels and depth, what does not fit together; draws source and target side by side."""

from __future__ import annotations

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="data=..., data.root=... as for train")
    parser.add_argument("--picture", metavar="PNG", help="where to draw the first images (outputs/check/<data>.png)")


def main(args: argparse.Namespace) -> int:
    from pathlib import Path

    from rich.console import Console

    from artesano.commands import check_pairs
    from artesano.config.compose import compose
    from artesano.config.schema import check_node
    from artesano.config.targets import instantiate
    from artesano.data.io.images import UnreadableImage, to_mode
    from artesano.data.pairs.base import PairData
    from artesano.data.report import first_images, inspect, tables
    from artesano.errors import BadInput
    from artesano.figures.grid import image_grid
    from artesano.next_steps import next_steps, quoted

    composed = compose(args.overrides)
    if problems := check_node("data", composed.resolved["data"]):
        raise BadInput(*problems)
    data = instantiate(composed.resolved["data"])
    if isinstance(data, PairData):
        return check_pairs.main(args, composed, data)
    listing = data.listing()
    console = Console()
    for part in tables(listing, inspect(listing)):
        console.print(part, markup=False, highlight=False, soft_wrap=isinstance(part, str))

    images, captions = [], []
    for caption, (part, row) in zip(*first_images(listing), strict=True):
        try:
            images.append(to_mode(listing.splits[part].read(row), 3))
            captions.append(caption)
        except UnreadableImage:
            continue  # listed above
    picture = Path(args.picture or f"outputs/check/{composed.choices['data']}.png")
    picture.parent.mkdir(parents=True, exist_ok=True)
    image_grid(images, captions, picture)
    print(f"picture: {picture}")

    data.check()  # last: its complaint stands under what was found
    words = " ".join(map(quoted, args.overrides))
    next_steps(
        f"artesano train {words}".rstrip(), f"artesano train dry_run=true {words}".rstrip(), "artesano options data"
    )
    return 0
