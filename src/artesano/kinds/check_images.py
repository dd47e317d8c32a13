"""`artesano check` of a data set of images: counts, sizes, duplicates, broken files, and the first images drawn."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from rich.console import Console

from artesano.config.compose import Composed
from artesano.data.dataset import ImageData
from artesano.data.io.images import UnreadableImage, to_mode
from artesano.data.readable import check_listing
from artesano.data.report import first_images, inspect, tables
from artesano.figures.grid import image_grid
from artesano.next_steps import next_steps, quoted
from artesano.own_folders import outputs_root


def command(data: ImageData, composed: Composed, arguments: Namespace) -> int:
    """Print the tables, draw, and raise what is wrong with the data last."""
    conditioning = composed.resolved.get("conditioning", {"classifier": "labels"})
    labels = any(how != "none" for how in conditioning.values())
    if not labels:
        data.min_images = 0
    listing = data.listing()
    console = Console()
    inspection = inspect(listing)
    for part in tables(listing, inspection):
        console.print(part, markup=False, highlight=False, soft_wrap=isinstance(part, str))

    images, captions = [], []
    for caption, (part, row) in zip(*first_images(listing), strict=True):
        try:
            images.append(to_mode(listing.splits[part].read(row), 3))
            captions.append(caption)
        except UnreadableImage:
            continue  # listed above
    picture = picture_of(arguments, composed)
    if images:
        image_grid(images, captions, picture)
        print(f"picture: {picture}")

    data.check(labels=labels)
    check_listing(data.place(), listing, inspection.readable, inspection.unreadable)
    overrides = " ".join(map(quoted, arguments.overrides))
    next_steps(
        f"artesano train {overrides}".rstrip(),
        f"artesano train dry_run=true {overrides}".rstrip(),
        "artesano options data",
    )
    return 0


def picture_of(arguments: Namespace, composed: Composed, ending: str = "") -> Path:
    """`--picture`, else check/<data><ending>.png below the outputs folder; its folder is made."""
    picture = Path(arguments.picture or outputs_root() / "check" / f"{composed.choices['data']}{ending}.png")
    picture.parent.mkdir(parents=True, exist_ok=True)
    return picture.relative_to(Path.cwd()) if picture.is_relative_to(Path.cwd()) else picture
