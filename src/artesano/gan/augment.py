"""Differentiable augmentation of the discriminator's inputs, both real and fake.

Each operation draws its parameters per image and acts on each image with probability `p`: p = 1 is DiffAugment (Zhao et
al. 2020, arXiv 2006.10738), an adapted p is ADA (Karras et al. 2020, arXiv 2006.06676).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

import torch
from torch import Tensor

Name = Literal["color", "translation", "cutout", "flip", "rotate", "affine"]
Pictures = Sequence[int] | None  # channels of each picture of an image; None = all are of one

TURN = math.pi / 12  # of `affine`
ZOOM = 1.25


def _uniform(images: Tensor, low: float, high: float) -> Tensor:
    return torch.empty(len(images), 1, 1, 1, device=images.device, dtype=images.dtype).uniform_(low, high)


def brightness(images: Tensor, pictures: Pictures = None) -> Tensor:
    """Adds a constant in [-0.5, 0.5], a quarter of the range [-1, 1] either way."""
    constant = _uniform(images, -0.5, 0.5)
    return _each(images, pictures, lambda picture: picture + constant)


def saturation(images: Tensor, pictures: Pictures = None) -> Tensor:
    """Multiplies the distance to grey by 0 to 2; grey images stay as they are."""
    return _away(images, pictures, (1,), _uniform(images, 0, 2))


def contrast(images: Tensor, pictures: Pictures = None) -> Tensor:
    """Multiplies the distance to the image's mean by 0.5 to 1.5."""
    return _away(images, pictures, (1, 2, 3), _uniform(images, 0.5, 1.5))


def _away(images: Tensor, pictures: Pictures, dims: tuple[int, ...], factor: Tensor) -> Tensor:
    """The distance of each picture to its mean over `dims`, multiplied."""

    def moved(picture: Tensor) -> Tensor:
        mean = picture.mean(dims, keepdim=True)
        return mean + (picture - mean) * factor

    return _each(images, pictures, moved)


def _each(images: Tensor, pictures: Pictures, change: Callable[[Tensor], Tensor]) -> Tensor:
    """Pictures that lie beside each other as channels, changed one by one; further channels stay as they are."""
    if pictures is None:
        return change(images)
    *parts, rest = images.split([*pictures, images.shape[1] - sum(pictures)], 1)
    return torch.cat([*map(change, parts), rest], 1)


def translation(images: Tensor) -> Tensor:
    """Shifts by up to an eighth of the side, filled with zeros."""
    count, _, height, width = images.shape
    rows, keep_rows = _moved(count, height, images.device)
    columns, keep_columns = _moved(count, width, images.device)
    image = torch.arange(count, device=images.device)[:, None, None]
    moved = images.permute(0, 2, 3, 1)[image, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
    return moved * (keep_rows[:, None, :, None] & keep_columns[:, None, None, :])


def _moved(count: int, side: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Source index of each position, int64 [N, side], and whether it lies inside of the image."""
    most = side // 8
    shift = torch.randint(-most, most + 1, (count, 1), device=device)
    source = torch.arange(side, device=device) + shift
    return source.clamp(0, side - 1), (source >= 0) & (source < side)


def cutout(images: Tensor) -> Tensor:
    """Sets a square of half the side to zero; its centre may lie anywhere."""
    count, _, height, width = images.shape
    rows, columns = (_band(count, side, images.device) for side in (height, width))
    return images * ~(rows[:, None, :, None] & columns[:, None, None, :])


def _band(count: int, side: int, device: torch.device) -> Tensor:
    """bool [N, side]: a band of half the side around a random centre."""
    centre = torch.randint(0, side + 1, (count, 1), device=device)
    place = torch.arange(side, device=device)
    return (place >= centre - side // 4) & (place < centre - side // 4 + side // 2)


def flip(images: Tensor) -> Tensor:
    """Mirrors left and right; not for digits or text."""
    return torch.where(_coin(images, 0.5), images.flip(3), images)


def rotate(images: Tensor) -> Tensor:
    """Rotates by a multiple of 90 degrees, each as often; with p below 1 the generator does not learn the rotations."""
    for quarters in (1, 2):
        images = torch.where(_coin(images, 0.5), images.rot90(quarters, (2, 3)), images)
    return images


def affine(images: Tensor) -> Tensor:
    """Turns by up to 15 degrees and scales by 0.8 to 1.25 about the centre; beyond the edge its pixels are repeated.

    The four neighbours are looked up, since gradient penalties need a second derivative, which `grid_sample` has in
    recent versions of torch only.
    """
    count, _, height, width = images.shape
    angle, zoom = _uniform(images, -TURN, TURN), _uniform(images, -1, 1).mul(math.log(ZOOM)).exp()
    cosine, sine = ((part * zoom).view(count, 1, 1) for part in (angle.cos(), angle.sin()))
    y = torch.arange(height, device=images.device)[None, :, None] - (height - 1) / 2
    x = torch.arange(width, device=images.device)[None, None, :] - (width - 1) / 2
    rows, columns = cosine * y - sine * x + (height - 1) / 2, sine * y + cosine * x + (width - 1) / 2
    return _looked_up(images, rows, columns)


def _looked_up(images: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """The images at real positions, float [N, H, W] in pixels: linear between the four neighbours."""
    _, _, height, width = images.shape
    image = torch.arange(len(images), device=images.device)[:, None, None]
    pixels = images.permute(0, 2, 3, 1)
    top, left = rows.floor(), columns.floor()
    mixed = torch.zeros_like(pixels)
    for down in (0, 1):
        for right in (0, 1):
            weight = (1 - (rows - top - down).abs()) * (1 - (columns - left - right).abs())
            row = (top + down).long().clamp(0, height - 1)
            column = (left + right).long().clamp(0, width - 1)
            mixed = mixed + weight[..., None] * pixels[image, row, column]
    return mixed.permute(0, 3, 1, 2)


def _coin(images: Tensor, p: float | Tensor) -> Tensor:
    return torch.rand(len(images), 1, 1, 1, device=images.device) < p


OPERATIONS: dict[str, tuple[Callable[..., Tensor], ...]] = {
    "color": (brightness, saturation, contrast),
    "translation": (translation,),
    "cutout": (cutout,),
    "flip": (flip,),
    "rotate": (rotate,),
    "affine": (affine,),
}


COLOURS = OPERATIONS["color"]


def augment(images: Tensor, names: Sequence[str], p: float | Tensor = 1.0, *, pictures: Pictures = None) -> Tensor:
    """Apply the named operations in order, each to each image with probability p.

    Args:
        images: float [N, C, H, W], about in [-1, 1]; shifts and cutouts are filled with 0.
        pictures: channels of each picture where several lie beside each other, as an image and its source. Colours
            change by the same draw in each by itself; channels behind them, of a mask, have no colour.
    """
    always = isinstance(p, float) and p >= 1
    # Rounded to bfloat16 on the way, fakes would get a grain that real images, which are float32, have not.
    augmented = images if images.dtype == torch.double else images.float()
    for name in names:
        for operation in OPERATIONS[name]:
            changed = operation(augmented, pictures) if operation in COLOURS else operation(augmented)
            augmented = changed if always else torch.where(_coin(augmented, p), changed, augmented)
    return augmented.to(images.dtype)
