"""`artesano check` of a set of image pairs: counts, sizes, depth, mismatches, and some pairs as a picture."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from rich.console import Console
from torch.nn import functional as F

from artesano.config.compose import Composed
from artesano.config.schema import check_node
from artesano.config.targets import instantiate
from artesano.data.degradations import Bicubic, Degradation, Identity
from artesano.data.io.images import UnreadableImage
from artesano.data.pairs.base import PairData
from artesano.data.pairs.batching import stacked, unit
from artesano.data.pairs.listing import PairListing
from artesano.data.pairs.report import inspect_pairs, pair_tables
from artesano.errors import BadInput
from artesano.figures.grid import image_grid
from artesano.kinds.check_images import picture_of
from artesano.next_steps import next_steps, quoted

SHOWN = 9  # pairs of the picture
WIDEST = 256  # px of a side that are shown of larger images: their middle


def command(data: PairData, composed: Composed, arguments: Namespace) -> int:
    """Print the tables, draw, and raise what is wrong with the data last."""
    listing = data.listing()
    degradation = degradation_of(composed, listing)
    console = Console()
    mismatches = list(data.problems(degradation.scale))
    for part in pair_tables(listing, inspect_pairs(listing), mismatches):
        console.print(part, markup=False, highlight=False, soft_wrap=isinstance(part, str))

    picture = picture_of(arguments, composed)
    tiles = list(some_pairs(listing, degradation, data.split_seed))
    if tiles:
        image_grid([image for image, _ in tiles], [caption for _, caption in tiles], picture, columns=6)
        print(f"picture: {picture}")

    data.check(degradation.scale)
    overrides = " ".join(map(quoted, arguments.overrides))
    if "gan" in composed.choices:
        next_steps(f"artesano train {overrides}", f"artesano train dry_run=true {overrides}", "artesano options data")
    else:  # crops and scale belong to a GAN
        gan = fitting(listing, degradation.scale)
        next_steps(f"artesano check {gan} {overrides}", f"artesano train {gan} {overrides}", "artesano options data")
    return 0


def degradation_of(composed: Composed, listing: PairListing) -> Degradation:
    """The run's; without gan= what the images suggest: the ratio of the first pair, or bicubic by four."""
    node: dict[str, Any] | None = composed.resolved.get("degradation")
    if node is not None:
        if problems := check_node("degradation", node):
            raise BadInput(*problems)
        return instantiate(node)
    if not listing.own_source:
        return Bicubic()
    own = Identity()
    height, _, source_height, _ = listing.parts["train"].shape(0)
    if listing.paired:
        own.scale = max(1, round(height / source_height))
    return own


def fitting(listing: PairListing, scale: int) -> str:
    """The words of a GAN for such images."""
    if listing.own_source and not listing.paired:
        return "gan=cyclegan"
    if listing.own_source and scale == 1:
        return "gan=pix2pix"
    return f"gan=srgan scale={scale}" if listing.own_source else "gan=srgan"


def chosen(labels: np.ndarray, count: int) -> list[int]:
    """Rows from the beginning to the end of a part, the labels in turn."""
    of = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    turns = -(-count // len(of))
    rows = [some[turn * len(some) // turns] for turn in range(turns) for some in of]
    return list(dict.fromkeys(int(row) for row in rows))[:count]


def some_pairs(listing: PairListing, degradation: Degradation, seed: int) -> Iterator[tuple[Any, str]]:
    """Source and target in turn, uint8 [3, S, S] with a caption each."""
    part = listing.parts["train"]
    for row in chosen(part.labels, SHOWN):
        try:
            source, target = part.whole(row)
        except UnreadableImage:
            continue  # listed above
        clean, made_by = unit(stacked([target], listing.bits)), ""
        if source is not None:
            made = unit(stacked([source], listing.bits))
        else:
            height, width = (length // degradation.scale * degradation.scale for length in clean.shape[-2:])
            clean = clean[..., :height, :width]
            numbers = torch.rand((1, degradation.draws), generator=torch.Generator().manual_seed(seed + row))
            made = degradation(clean, numbers.double().numpy())
            made_by = f" ({type(degradation).__name__.lower()})"
        name = f"{listing.classes[part.labels[row]]} · " if listing.classes else ""
        for image, caption in ((made, f"source{made_by}"), (clean, "target")):
            size = clean.shape[-2:] if listing.paired else image.shape[-2:]
            yield drawn(image, size), f"{name}{caption}\n{image.shape[-1]} x {image.shape[-2]}"


def drawn(image: torch.Tensor, size: torch.Size) -> Any:
    """float [1, C, h, w] in [0, 1] -> uint8 [3, S, S] of at most WIDEST px: enlarged to `size`, the middle."""
    large = F.interpolate(image[:, :3] if image.shape[1] >= 3 else image[:, :1].expand(-1, 3, -1, -1), size=size)[0]
    top, left = ((length - min(length, WIDEST)) // 2 for length in size)
    return (large[:, top : top + WIDEST, left : left + WIDEST] * 255).round().to(torch.uint8).numpy()
