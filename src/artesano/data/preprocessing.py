"""How one image becomes the network's input: fixed by the model's timm data config, stored with the run."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps
from timm.data import create_transform
from torch import Tensor

from artesano.data.io.images import to_mode


@dataclass(frozen=True)
class Preprocessing:
    """Resize, crop and normalisation of one model.

    Args:
        size: pixels of a side of the network's input.
        channels: 1 = grey, 3 = RGB; with any other count the RGB planes are repeated in turn, which is how timm
            repeats the first convolution's weights.
        mean, std: per channel, in units of 0..1.
        crop_pct: share of the resized image that the crop keeps.
        crop_mode: timm's `center`, `squash` or `border`.
    """

    size: int
    channels: int = 3
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    std: tuple[float, ...] = (0.229, 0.224, 0.225)
    interpolation: str = "bicubic"
    crop_pct: float = 0.875
    crop_mode: str = "center"

    @classmethod
    def from_timm(cls, settings: dict[str, Any], image_size: int | None = None, channels: int = 3) -> Preprocessing:
        """From `timm.data.resolve_model_data_config(model)`.

        Args:
            image_size: pixels of a side; None = the model's own.
            channels: 1 averages mean and std over RGB (timm itself returns three of them for a grey model).
        """

        def per_channel(rgb: tuple[float, ...]) -> tuple[float, ...]:
            if channels == 1:
                return (float(np.mean(rgb)),)
            return tuple(float(rgb[channel % len(rgb)]) for channel in range(channels))

        return cls(
            size=int(image_size or settings["input_size"][-1]),
            channels=channels,
            mean=per_channel(settings["mean"]),
            std=per_channel(settings["std"]),
            interpolation=settings.get("interpolation", "bicubic"),
            crop_pct=float(settings.get("crop_pct") or 0.875),
            crop_mode=settings.get("crop_mode") or "center",
        )

    def __call__(self, image: Image.Image) -> np.ndarray:
        """uint8 [C, size, size]: exactly timm's evaluation transform, short of its normalisation."""
        return self.planes(self._resize_and_crop(self._thick_enough(to_mode(image, self.channels))).numpy())

    def tensor(self, image: Image.Image) -> Tensor:
        """Normalised float32 [C, size, size] of an image of any size, turned as its EXIF orientation says."""
        return self.normalise(torch.from_numpy(self(ImageOps.exif_transpose(image))))

    def planes(self, pixels: np.ndarray) -> np.ndarray:
        """uint8 [1 or 3, H, W] to uint8 [channels, H, W], repeating the planes in turn."""
        if len(pixels) == self.channels:
            return pixels
        return pixels[np.arange(self.channels) % len(pixels)]

    def normalise(self, images: Tensor, gain: Tensor | None = None, offset: Tensor | None = None) -> Tensor:
        """uint8 [N, C, H, W] or [C, H, W] to normalised float32, on the images' device, as one multiply-add.

        Args:
            gain, offset: [N, 1, 1, 1], brightness and contrast of each image in units of 0..255:
                (gain * x + offset) / 255 is what gets normalised. Folded in, so that they cost nothing.
        """
        scale, shift = _constants(self.mean, self.std, images.device)
        by_pixel = not images.is_contiguous() and images.is_contiguous(memory_format=torch.channels_last)
        if by_pixel and images.device.type == "cpu":
            return _normalise_channels_last(images, scale, shift, gain, offset)
        if gain is not None:
            shift = shift if offset is None else offset * scale + shift
            scale = gain * scale
        return images.to(torch.float32, copy=True).mul_(scale).add_(shift)

    def _thick_enough(self, image: Image.Image) -> Image.Image:
        """`border` fits the long side of an image; timm's resize would leave no pixel of a strip's short side."""
        side, short, long = math.floor(self.size / self.crop_pct), min(image.size), max(image.size)
        if self.crop_mode != "border" or 2 * short * side > long:
            return image
        width, height = (max(length, long // (2 * side) + 1) for length in image.size)  # one pixel after it
        return image.resize((width, height))

    @functools.cached_property
    def _resize_and_crop(self) -> Callable[[Image.Image], Tensor]:
        return create_transform(
            (self.channels, self.size, self.size),
            is_training=False,
            mean=self.mean[:1] if self.channels == 1 else self.mean[:3],  # fills the border of crop_mode=border
            std=self.std,
            interpolation=self.interpolation,
            crop_pct=self.crop_pct,
            crop_mode=self.crop_mode,
            normalize=False,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for the run's record."""
        values = asdict(self)
        return values | {"mean": list(self.mean), "std": list(self.std)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Preprocessing:
        """The inverse of `to_dict`."""
        return cls(**(values | {"mean": tuple(values["mean"]), "std": tuple(values["std"])}))


@functools.lru_cache(maxsize=32)
def _constants(mean: tuple[float, ...], std: tuple[float, ...], device: torch.device) -> tuple[Tensor, Tensor]:
    """(x / 255 - mean) / std as x * scale + shift; kept per device, so that a step copies nothing to it."""
    centre = torch.tensor(mean, dtype=torch.float64).view(-1, 1, 1)
    width = torch.tensor(std, dtype=torch.float64).view(-1, 1, 1)
    return (1 / (255 * width)).float().to(device), (-centre / width).float().to(device)


def _normalise_channels_last(
    images: Tensor, scale: Tensor, shift: Tensor, gain: Tensor | None, offset: Tensor | None
) -> Tensor:
    """The same on a CPU for the layout that the loaders give, five times as fast and steady on a busy machine.

    A factor per channel is slow where the channel is the innermost axis, so it is spread over the pixels. Image by
    image everything stays in the processor's cache; NumPy, since torch would wake all its threads for each of them.
    """
    count, channels, height, width = images.shape
    pixels = images.permute(0, 2, 3, 1).reshape(count, -1).numpy()
    factor, term = (np.tile(constant.view(channels).numpy(), height * width) for constant in (scale, shift))
    normalised = np.empty(pixels.shape, dtype=np.float32)
    for row in range(count):
        normalised[row] = pixels[row]
        if gain is not None:
            normalised[row] *= float(gain[row])
        if offset is not None:
            normalised[row] += float(offset[row])
        normalised[row] *= factor
        normalised[row] += term
    return torch.from_numpy(normalised).view(count, height, width, channels).permute(0, 3, 1, 2)
