"""A whole picture through a generator: what becomes of its colours, its opacity and what is missing in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PIL import Image

from artesano.data.io.picture import Picture, Unusable
from artesano.data.pairs.paper import laid_on, mismatch
from artesano.errors import BadInput
from artesano.kinds.image_gan.generator import ImageGenerator
from artesano.kinds.image_gan.tiles import brightest
from artesano.kinds.image_gan.whole_images import WholeImages

DRAWINGS = ("translation", "cycle")  # what may learn from drawings
HALF = 0.5  # opacity, or brightness of a mask
ALMOST = 4 / 255  # of the range: formats with losses (WebP) give back grey that was saved as RGB with 1 / 255 of colour


def restored(whole: WholeImages, picture: Picture, label: int | None, hole: np.ndarray | None) -> Picture:
    """The same picture, larger or cleaner: its opacity is enlarged by bicubic interpolation."""
    pixels = in_its_colours(lambda source: whole(source, label), picture.pixels, whole.gan.picture_channels)
    return Picture(pixels, enlarged(picture.alpha, whole.gan.scale), picture.profile)


def translated(whole: WholeImages, picture: Picture, label: int | None, hole: np.ndarray | None) -> Picture:
    """A picture of another kind, with colours of its own; it has the opacity of the old one, if that is no drawing."""
    source, paper = seen(whole.gan, picture), whole.gan.paper
    takes, has = whole.gan.picture_channels, source.shape[2]
    if (takes, has) == (3, 1):
        source = source.repeat(3, 2)
    elif (takes, has) == (1, 3) and only_grey(source):
        source = source[..., 1:2]
    elif takes != has:
        raise Unusable(unfit(takes, has))
    remark = mismatch(source, picture.alpha is not None, paper)
    alpha = None if paper else enlarged(picture.alpha, whole.gan.scale)  # between its lines a drawing is not empty
    return Picture(whole(source, label), alpha, None, remark)


def inpainted(whole: WholeImages, picture: Picture, label: int | None, hole: np.ndarray | None) -> Picture:
    """What is missing is filled; every other pixel stays as it was. The hole is the mask, else what is transparent."""
    alpha, none_missing = picture.alpha, "the mask is black everywhere"
    if hole is None:
        if (hole := holes(picture)) is None:
            raise Unusable("no mask: give --mask (white = missing), or images with transparent holes")
        alpha, none_missing = None, "it is opaque everywhere, and no mask was given"
    if hole.all() or not hole.any():
        raise Unusable("every pixel is missing" if hole.all() else f"no pixel is missing: {none_missing}")
    where = hole.astype(picture.pixels.dtype) * brightest(picture.pixels.dtype)

    def fill(source: np.ndarray) -> np.ndarray:
        known = source[~hole[..., 0]].mean(0, dtype=np.float64)
        emptied = np.where(hole, _rounded(known, source.dtype), source)
        return np.where(hole, whole(np.concatenate([emptied, where], 2), label), source)

    return Picture(in_its_colours(fill, picture.pixels, whole.gan.picture_channels), alpha, picture.profile)


def holes(picture: Picture, mask: np.ndarray | None = None) -> np.ndarray | None:
    """bool [H, W, 1], what is missing: the mask, else what is transparent; None where there is neither."""
    if mask is not None or picture.alpha is None:
        return mask
    return picture.alpha < HALF * brightest(picture.alpha.dtype)


WAYS: dict[str, Callable[[WholeImages, Picture, int | None, np.ndarray | None], Picture]] = {
    "restoration": restored,
    "translation": translated,
    "cycle": translated,
    "inpainting": inpainted,
}


def seen(gan: ImageGenerator, picture: Picture) -> np.ndarray:
    """What a generator gets of a picture. Of a translator's, what is transparent is paper: white, as training reads
    it, or that of the drawings which the run has learned from."""
    if gan.image_to_image not in DRAWINGS:
        return picture.pixels
    return laid_on(picture.pixels, picture.alpha, gan.paper or "white")


def inverted(picture: Picture) -> Picture:
    """Black for white; what is transparent stays so."""
    return replace(picture, pixels=brightest(picture.pixels.dtype) - picture.pixels)


def advised(remark: str, invert: bool, option: str = "--invert") -> str:
    """A remark about a drawing's paper, and what to do about it."""
    return f"{remark}: {f'leave {option} out' if invert else f'{option} swaps black and white'}"


def check_invert(gan: ImageGenerator) -> None:
    """Raise BadInput where a generator has no use for drawings."""
    if gan.image_to_image not in DRAWINGS:
        raise BadInput(f"--invert: for drawings that are translated (gan=pix2pix); this is {gan.image_to_image}.")


def in_its_colours(ask: Callable[[np.ndarray], np.ndarray], pixels: np.ndarray, takes: int) -> np.ndarray:
    """Grey stays grey with a network of colours, which gets it three times; one of greys gets colours one by one.

    Raises:
        Unusable: neither fits.
    """
    has = pixels.shape[2]
    if has == takes:
        return ask(pixels)
    if (takes, has) == (3, 1):
        return _rounded(ask(pixels.repeat(3, 2)).mean(2, keepdims=True, dtype=np.float32), pixels.dtype)
    if takes == 1:
        return np.concatenate([ask(pixels[..., place : place + 1]) for place in range(has)], 2)
    raise Unusable(unfit(takes, has))


def only_grey(pixels: np.ndarray) -> bool:
    """Grey that was saved as RGB: the channels [H, W, 3] are equal, but for what formats with losses add."""
    apart = pixels.max(2) - pixels.min(2)
    return bool(apart.max() <= ALMOST * brightest(pixels.dtype))


def unfit(takes: int, has: int) -> str:
    """Why a file cannot be used, what can, and what to do."""
    reason = f"it has {named(has)}, and this run takes {named(takes)}"
    if (takes, has) == (1, 3):
        return f"{reason}, also where it was saved as three equal ones; save it in grey first (Pillow: .convert('L'))"
    return f"{reason}{' or one (grey)' if takes == 3 else ''}; give such images, as those that it was trained on"


def enlarged(alpha: np.ndarray | None, scale: int) -> np.ndarray | None:
    """[h, w, 1] of any depth -> [scale * h, scale * w, 1]; None stays None."""
    if alpha is None or scale == 1:
        return alpha
    height, width = alpha.shape[:2]
    image = Image.fromarray(alpha[..., 0].astype(np.float32))
    values = np.asarray(image.resize((scale * width, scale * height), Image.Resampling.BICUBIC))
    return _rounded(values.clip(0, brightest(alpha.dtype))[..., None], alpha.dtype)


def named(channels: int) -> str:
    """How many channels, in words."""
    return {1: "one channel (grey)", 3: "three channels (colour)"}.get(channels, f"{channels} channels")


def _rounded(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    return values.astype(dtype) if np.issubdtype(dtype, np.floating) else np.rint(values).astype(dtype)
