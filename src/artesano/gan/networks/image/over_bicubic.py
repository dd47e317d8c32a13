"""Super-resolution as a residual of bicubic interpolation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from artesano.errors import BadInput
from artesano.gan.networks.activations import Activation, activation_layer
from artesano.gan.networks.base import GeneratorConditioning, finish
from artesano.gan.networks.chain import Chain
from artesano.gan.networks.image.base import ImageToImage
from artesano.gan.networks.image.halo import Step, convolution, enlarging, halo
from artesano.gan.networks.resampling import Upsample, up
from artesano.gan.networks.weights import Init, StartsAtZero

FACTORS = {2: [2], 3: [3], 4: [2, 2], 8: [2, 2, 2]}
"""Steps in which the side grows to each scale."""


def bicubic(source: Tensor, scale: int) -> Tensor:
    """float [N, C, h, w] -> [N, C, scale * h, scale * w], as Pillow's BICUBIC (a = -0.5)."""
    halves = source.dtype in (torch.bfloat16, torch.float16)  # which a processor cannot interpolate so
    floats = source.float() if halves else source
    large = F.interpolate(floats, scale_factor=scale, mode="bicubic", antialias=True, align_corners=False)
    return large.to(source.dtype)


class OverBicubic(ImageToImage):
    """bicubic(source) + tail(shallow + trunk(shallow)), where shallow = convolution(source).

    The tail enlarges; its last convolution starts at zero, so the untrained net *is* bicubic interpolation.

    Args:
        trunk: makes the layers on [N, width, H, W], once this module is there to hold them.
        trunk_sees: the trunk's steps, see `halo`.

    Raises:
        BadInput: `scale` is not 2, 3, 4 or 8, or the channels of source and target differ.
    """

    scales = tuple(FACTORS)

    def __init__(
        self,
        trunk: Callable[[], Chain],
        trunk_sees: Sequence[Step],
        *,
        width: int,
        activation: Activation,
        upsample: Upsample,
        init: Init,
        conditioning: GeneratorConditioning,
        in_channels: int,
        out_channels: int,
        num_classes: int,
        scale: int,
        multiple: int = 1,
    ):
        super().__init__(
            conditioning=conditioning,
            in_channels=in_channels,
            out_channels=out_channels,
            num_classes=num_classes,
            scale=scale,
            multiple=multiple,
        )
        self.shallow = nn.Conv2d(self.inputs, width, 3, padding=1)
        self.trunk = trunk()
        self.tail = nn.Sequential()
        for factor in FACTORS[scale]:
            self.tail.extend([up(upsample, width, width, factor=factor), activation_layer(activation)])
        self.tail.extend([nn.Conv2d(width, width, 3, padding=1), activation_layer(activation)])
        self.tail.append(StartsAtZero(width, out_channels, 3, padding=1))
        finish(self, init=init)

        enlarged = [enlarging(upsample, factor) for factor in FACTORS[scale]]
        steps = [convolution(3), *trunk_sees, *enlarged, convolution(3), convolution(3)]
        self.halo = halo(steps, scale=scale, multiple=multiple)

    def check_scale(self, scale: int) -> None:
        if scale not in self.scales:
            near = min(self.scales, key=lambda known: abs(known - scale))
            raise BadInput(f"scale: super-resolution enlarges by 2, 3, 4 or 8, not by {scale}. Nearest: {near}.")

    def check_channels(self, in_channels: int, out_channels: int) -> None:
        if in_channels != out_channels:
            raise BadInput(
                f"generator: source and target must have the same channels; the source has {in_channels}, the "
                f"target {out_channels}. Use images with the same channels, or generator=unet."
            )

    def inner(self, source: Tensor, labels: Tensor | None) -> Tensor:
        shallow = self.shallow(source)
        return self.tail(shallow + self.trunk(shallow, labels))

    def forward(self, source: Tensor, labels: Tensor | None = None) -> Tensor:
        # of the source as it is: padding would change the last pixels
        return bicubic(source, self.scale) + super().forward(source, labels)
