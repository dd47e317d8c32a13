"""PatchGANs on the image at several sizes (pix2pixHD: Wang et al. 2018, arXiv 1711.11585, section 3.2)."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from artesano.gan.discriminator_output import DiscriminatorOutput
from artesano.gan.networks.activations import Activation
from artesano.gan.networks.base import BaseDiscriminator
from artesano.gan.networks.image import patchgan
from artesano.gan.networks.image.base import ImageNorm, without_codes
from artesano.gan.networks.resampling import Downsample
from artesano.gan.networks.weights import Init


class Discriminator(BaseDiscriminator):
    """One PatchGAN for each size: the image, half of it, a quarter, ...

    The losses take the mean over all logits, so that the largest image, which has most patches, would decide. Every map
    of logits is therefore repeated to the size of the largest one (nearest neighbour) before they are joined: each size
    counts the same. `logits` float [N, sizes * patches of the image]; `features` the last hidden maps, flattened.

    Args:
        sizes: PatchGANs; each next one sees an image of half the side.
        width: channels of the first layer of each; they double, up to 8 times.
        layers: that halve in each, see `patchgan`.

    Raises:
        BadInput: `code_dim` is not 0.
    """

    def __init__(
        self,
        *,
        sizes: Annotated[int, Field(ge=1)] = 2,
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
        without_codes(code_dim, "multiscale")
        super().__init__(channels, conditioning=conditioning, num_classes=num_classes)
        self.judges = nn.ModuleList(
            patchgan.Discriminator(
                width=width,
                layers=layers,
                activation=activation,
                downsample=downsample,
                norm=norm,
                init=init,
                image_size=max(1, image_size // 2**number),
                channels=self.inputs,
                num_classes=0,
            )
            for number in range(sizes)
        )

    def forward(self, images: Tensor, labels: Tensor | None = None) -> DiscriminatorOutput:
        images = images if self.embedding is None else self.with_label(images, labels)
        logits, features = [], []
        for judge in self.judges:
            map_of_logits, hidden = judge.maps(images)  # type: ignore[operator]
            logits.append(map_of_logits)
            features.append(hidden.flatten(1))
            images = F.avg_pool2d(images, 3, stride=2, padding=1, count_include_pad=False)
        largest = logits[0].shape[-2:]
        resized = [F.interpolate(each, largest).flatten(1) for each in logits]
        return DiscriminatorOutput(torch.cat(resized, 1), torch.cat(features, 1))
