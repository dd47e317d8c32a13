"""What spoils a clean image: the source of a restoration is made of its target, on the device, batch by batch.

Every random number comes from outside, a row for each image, so that a source is a function of (seed, step, image) in
training, and of the image alone when it is evaluated. No augmentation library works that way, so these are our own.
"""

# No `from __future__ import annotations`: the annotations are the schema that YAML values are validated against.

from typing import Annotated, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from artesano.data.degradation_ops import (
    LEVELS,
    between,
    blurred,
    compressed,
    edge_strength,
    noise_like,
    quantised,
    shrunk,
)
from artesano.errors import BadInput

Scale = Literal[2, 3, 4, 8]


class Degradation:
    """Makes sources of targets.

    Attributes:
        scale: sides of a target over those of its source.
        draws: random numbers that an image needs.
        gives: what it gives to a GAN besides smaller or worse images: `mask`, or `drawing` instead of an image.
        paper: of the drawings that it makes; None = it makes none.
    """

    scale: int = 1
    draws: int = 0
    gives: tuple[str, ...] = ()
    paper: Literal["black", "white"] | None = None

    def source_channels(self, channels: int) -> int:
        """Channels of the source of a target with `channels` of them."""
        return channels

    def __call__(self, target: Tensor, numbers: np.ndarray) -> Tensor:
        """float [N, C, H, W] in [0, 1] -> float [N, source channels, H / scale, W / scale] in [0, 1].

        Args:
            target: its sides are multiples of `scale`.
            numbers: float64 [N, draws] in [0, 1).
        """
        raise NotImplementedError


class Bicubic(Degradation):
    """A smaller image by antialiased bicubic interpolation with a = -0.5, which is Pillow's `BICUBIC`.

    Args:
        quantise: round to the 256 levels that an 8-bit file would have; false for data of more bits.
    """

    def __init__(self, scale: Scale = 4, quantise: bool = True):
        self.scale = scale
        self.quantise = quantise

    def __call__(self, target: Tensor, numbers: np.ndarray) -> Tensor:
        small = shrunk(target, self.scale)
        return quantised(small) if self.quantise else small


class Realistic(Degradation):
    """Blur, bicubic, noise and JPEG, each as strong as drawn for the image.

    The first order of the degradations of Real-ESRGAN (Wang et al. 2021, arXiv 2107.10833, section 3.1), isotropic.

    Args:
        blur: largest standard deviation of the Gaussian blur, in px of the target; drawn from 0 to this.
        noise: largest standard deviation of the Gaussian noise, in levels of 255; drawn from 0 to this.
        jpeg: lowest quality; drawn from this to 95. None = no JPEG.
    """

    draws = 4

    def __init__(
        self,
        scale: Scale = 4,
        blur: Annotated[float, Field(ge=0, le=16)] = 2.0,
        noise: Annotated[float, Field(ge=0)] = 10.0,
        jpeg: Annotated[int, Field(ge=1, le=95)] | None = 60,
    ):
        self.scale = scale
        self.blur = blur
        self.noise = noise
        self.jpeg = jpeg

    def __call__(self, target: Tensor, numbers: np.ndarray) -> Tensor:
        width, strength, quality, seed = numbers.T
        small = shrunk(blurred(target, self.blur * width, self.blur), self.scale)
        deviation = torch.from_numpy(strength * self.noise / LEVELS).to(small).view(-1, 1, 1, 1)
        small = quantised(small + deviation * noise_like(small, seed))
        if self.jpeg is None:
            return small
        qualities = np.round(self.jpeg + (95 - self.jpeg) * quality).astype(int)
        return compressed(small, qualities)


class Hole(Degradation):
    """A square hole at a random place, filled with the mean colour of what is left; the mask is one more channel.

    The mask is 1 where pixels are missing and 0 elsewhere.

    Args:
        share: side of the hole over the shorter side of the image.
    """

    draws = 2
    gives = ("mask",)

    def __init__(self, share: Annotated[float, Field(gt=0, lt=1)] = 0.5):
        self.share = share

    def source_channels(self, channels: int) -> int:
        return channels + 1

    def __call__(self, target: Tensor, numbers: np.ndarray) -> Tensor:
        height, width = target.shape[-2:]
        side = max(1, round(self.share * min(height, width)))
        top, left = (
            np.floor(numbers[:, axis] * (length - side + 1)).astype(int) for axis, length in enumerate((height, width))
        )
        rows = between(height, top, side, target.device)[:, None, :, None]
        columns = between(width, left, side, target.device)[:, None, None, :]
        mask = (rows & columns).to(target.dtype)
        known = 1 - mask
        mean = (target * known).sum((2, 3), keepdim=True) / known.sum((2, 3), keepdim=True).clamp(min=1)
        return torch.cat([torch.where(mask > 0, mean, target), mask], 1)


class Edges(Degradation):
    """A drawing of an image's edges, 1 on a line and 0 elsewhere: for translation from drawings to photos.

    Args:
        blur: standard deviation of the Gaussian blur that takes noise away before, in px.
        threshold: of the Sobel magnitude; a step from black to white has 1.
    """

    gives = ("drawing",)
    paper = "black"

    def __init__(
        self,
        blur: Annotated[float, Field(ge=0, le=16)] = 1.0,
        threshold: Annotated[float, Field(gt=0, lt=1)] = 0.08,
    ):
        self.blur = blur
        self.threshold = threshold

    def source_channels(self, channels: int) -> int:
        return 1

    def __call__(self, target: Tensor, numbers: np.ndarray) -> Tensor:
        smooth = blurred(target, np.full(len(target), self.blur), self.blur)
        return (edge_strength(smooth) > self.threshold).to(target.dtype)


class Identity(Degradation):
    """Nothing is made: the data bring their own sources (translation).

    Raises:
        BadInput: where the data bring none, the source would be the target itself, and nothing were to be learned.
    """

    def source_channels(self, channels: int) -> int:
        raise BadInput(
            "degradation=none: these data have no source images. For restoration give degradation=bicubic, "
            "realistic or hole; for photos from their edges degradation=edges; for translation data=paired_folder, "
            "unpaired_folder or blue_marble_map."
        )

    def __call__(self, target: Tensor, numbers: np.ndarray) -> Tensor:
        return target
