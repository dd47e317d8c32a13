"""SRGAN's discriminator (Ledig et al. 2017, arXiv 1609.04802, figure 4), for images of any size."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from artesano.gan.networks.activations import Activation, activation_layer
from artesano.gan.networks.base import BaseDiscriminator, Pac, finish
from artesano.gan.networks.heads import DiscriminatorConditioning, Heads
from artesano.gan.networks.image.base import ImageNorm
from artesano.gan.networks.image.padding import padded
from artesano.gan.networks.minibatch import Minibatch
from artesano.gan.networks.norms import norm_layers
from artesano.gan.networks.resampling import Downsample, down
from artesano.gan.networks.weights import Init

STAGES = 4


class Discriminator(BaseDiscriminator):
    """Four stages of a 3x3 convolution and one that halves the side; the mean over the pixels, the heads.

    The paper flattens the last map instead, which fixes the size of the images. What is smaller than 32 px is mirrored.

    Args:
        width: channels of the first stage; they double with every stage (the paper has 64).
        pac: images that are judged together.
        code_dim: length of InfoGAN's posterior parameters; 0 for no such head.
    """

    def __init__(
        self,
        *,
        width: Annotated[int, Field(ge=1)] = 16,
        activation: Activation = "relu",
        downsample: Downsample = "max_pool",
        norm: ImageNorm = "none",
        minibatch: Minibatch = "none",
        pac: Pac = 1,
        init: Init = "default",
        conditioning: DiscriminatorConditioning = "none",
        image_size: int,
        channels: int,
        num_classes: int,
        code_dim: int = 0,
    ):
        super().__init__(channels, conditioning=conditioning, num_classes=num_classes, pac=pac)
        norms = norm_layers(norm)
        self.layers = nn.Sequential()
        before = self.inputs
        for stage in range(STAGES):
            features = width * 2**stage
            first, second = norms(features) if stage else [], norms(features)
            self.layers.append(nn.Conv2d(before, features, 3, padding=1, bias=not first))
            self.layers.extend([*first, activation_layer(activation)])
            self.layers.append(down(downsample, features, features, bias=not second))
            self.layers.extend([*second, activation_layer(activation)])
            before = features
        self.layers.append(nn.AdaptiveAvgPool2d(1))
        self.heads = Heads(
            before, conditioning=conditioning, num_classes=num_classes, code_dim=code_dim, minibatch=minibatch
        )
        finish(self, init=init, norm=norm)

    def hidden(self, images: Tensor, labels: Tensor | None) -> Tensor:
        return super().hidden(padded(images, 1, smallest=2 ** (STAGES + 1)), labels)
