"""Images beside the places that spoke for their class."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from PIL import Image

from artesano.figures.grid import image_grid

STRONGEST = 0.65  # opacity of the colour at the highest place


def overlaid(image: Any, heat: Any, highest: float | None = None) -> np.ndarray:
    """A map over a grey image: yellow at `highest`, nothing where it is 0.

    Args:
        image: uint8 [C, H, W].
        heat: float [h, w] >= 0 of any scale; a map of zeros leaves the image grey.
        highest: of all maps that are looked at together; None = of this one.

    Returns:
        uint8 [3, H, W].
    """
    image, heat = np.asarray(image), np.asarray(heat, dtype=np.float32)
    height, width = image.shape[1:]
    highest = float(heat.max()) if highest is None else highest
    share = heat / highest if highest > 0 else heat
    smooth = np.asarray(Image.fromarray(share).resize((width, height), Image.Resampling.BICUBIC)).clip(0, 1)
    colour = colormaps["inferno"](0.2 + 0.75 * smooth)[..., :3].transpose(2, 0, 1) * 255
    opacity = STRONGEST * np.sqrt(smooth)
    return ((1 - opacity) * image[:3].mean(0) + opacity * colour).round().astype(np.uint8)


def places(maps: Any) -> str:
    """How fine maps [..., h, w] are: a network of stride 32 has 2 x 2 places in an image of 64 pixels."""
    height, width = np.asarray(maps).shape[-2:]
    return f"{height} x {width} places"


def heatmap_pairs(
    images: Sequence[Any],
    maps: Sequence[Any],
    captions: Sequence[str],
    path: str | os.PathLike,
    title: str | None = None,
    highest: float | None = None,
) -> None:
    """Draw each image beside its map, two or more pairs in a row, all maps by one scale: a picture in which little
    speaks for any class has a pale map. Over each map stands its own highest value.

    Args:
        images: each uint8 [C, H, W].
        maps: each float [h, w] >= 0.
        captions: of the images.
        highest: the end of the scale, where these are some of many maps; None = the highest value of these.
    """
    peaks = [float(np.max(heat)) for heat in maps]
    highest = max(peaks, default=0.0) if highest is None else highest
    pairs = zip(images, maps, strict=True)
    pictures = [picture for image, heat in pairs for picture in (np.asarray(image), overlaid(image, heat, highest))]
    scale = f"{highest:.2g}"
    texts = [
        text for caption, peak in zip(captions, peaks, strict=True) for text in (caption, f"{peak:.2g} of {scale}")
    ]
    columns = 2 * max(1, round(np.sqrt(len(captions) / 2)))
    image_grid(pictures, texts, path, columns=columns, title=title)
