"""A discriminator of a hole and its surroundings (Iizuka et al. 2017, 10.1145/3072959.3073659)."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from artesano.errors import BadInput
from artesano.gan.discriminator_output import DiscriminatorOutput
from artesano.gan.networks.activations import Activation
from artesano.gan.networks.image import patchgan
from artesano.gan.networks.image.base import ImageNorm
from artesano.gan.networks.image.inpainter import missing
from artesano.gan.networks.resampling import Downsample
from artesano.gan.networks.weights import Init


def middle(holes: Tensor) -> Tensor:
    """int64 [N, 2]: row and column of the centre of each hole, bool [N, H, W]; of the image where there is no hole."""
    height, width = holes.shape[1:]
    places = []
    for side, holed in ((height, holes.any(2)), (width, holes.any(1))):
        marked = holed | ~holed.any(1, keepdim=True)
        numbers = torch.arange(side, device=holes.device)
        first = torch.where(marked, numbers, side).amin(1)
        last = torch.where(marked, numbers, -1).amax(1)
        places.append((first + last + 1) // 2)
    return torch.stack(places, 1)


def cut(images: Tensor, centres: Tensor, window: int) -> Tensor:
    """[N, C, H, W], int64 [N, 2] -> [N, C, window, window]: squares around the centres, moved where the image ends."""
    height, width = images.shape[-2:]
    steps = torch.arange(window, device=images.device)
    rows, columns = (
        (centre - window // 2).clamp(0, side - window)[:, None] + steps
        for centre, side in zip(centres.unbind(1), (height, width), strict=True)
    )
    numbers = torch.arange(len(images), device=images.device)[:, None, None]
    return images[numbers, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


class Discriminator(nn.Module):
    """A PatchGAN on a square of fixed side around the hole, which the last channel it is shown marks (1 = missing).

    float [N, channels, H, W], H and W not below the window -> DiscriminatorOutput with `logits` float [N, patches].

    Args:
        window: side of the square, px; null: three quarters of `image_size`.
        width: channels of the first layer; they double, up to 8 times.
        layers: that halve, see `patchgan`.

    Raises:
        BadInput: the window is larger than the image, or `code_dim` is not 0.
    """

    needs = ("mask",)

    def __init__(
        self,
        *,
        window: Annotated[int, Field(ge=1)] | None = None,
        width: Annotated[int, Field(ge=1)] = 32,
        layers: Annotated[int, Field(ge=1, le=6)] = 2,
        activation: Activation = "relu",
        downsample: Downsample = "max_pool",
        norm: ImageNorm = "none",
        init: Init = "default",
        conditioning: Literal["none", "channels"] = "none",
        image_size: int,
        channels: int,
        num_classes: int,
        code_dim: int = 0,
    ):
        super().__init__()
        self.window = window or max(1, 3 * image_size // 4)
        if self.window > image_size:
            raise BadInput(f"discriminator.window: {self.window} px do not fit into images of {image_size} px.")
        self.judge = patchgan.Discriminator(
            width=width,
            layers=layers,
            activation=activation,
            downsample=downsample,
            norm=norm,
            init=init,
            conditioning=conditioning,
            image_size=self.window,
            channels=channels,
            num_classes=num_classes,
            code_dim=code_dim,
        )

    def forward(self, images: Tensor, labels: Tensor | None = None) -> DiscriminatorOutput:
        centres = middle(missing(images.detach()).squeeze(1))
        return self.judge(cut(images, centres, self.window), labels)
