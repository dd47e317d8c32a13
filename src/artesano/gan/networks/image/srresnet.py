"""SRResNet (Ledig et al. 2017, arXiv 1609.04802) without BatchNorm, as EDSR has it (arXiv 1707.02921)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import nn

from artesano.gan.networks.activations import Activation, activation_layer
from artesano.gan.networks.base import GeneratorConditioning
from artesano.gan.networks.chain import Chain
from artesano.gan.networks.image.halo import convolution
from artesano.gan.networks.image.over_bicubic import OverBicubic
from artesano.gan.networks.norms import ConditionalNorm
from artesano.gan.networks.resampling import Upsample
from artesano.gan.networks.resnet import Residual
from artesano.gan.networks.weights import Init


class Generator(OverBicubic):
    """Residual blocks at the source's size, then upsampling; what comes out is added to the bicubic enlargement.

    Args:
        width: channels of every hidden layer.
        blocks: residual blocks of two 3x3 convolutions.
        conditioning: `batch_norm` gives every block gains and shifts of the class; there is no norm beside them.
        image_size: not read: any size goes through. The other arguments of this group come from the data too.

    Raises:
        BadInput: `scale` is not 2, 3, 4 or 8, or source and target differ in their channels.
    """

    def __init__(
        self,
        *,
        width: Annotated[int, Field(ge=1)] = 32,
        blocks: Annotated[int, Field(ge=1)] = 8,
        activation: Activation = "relu",
        upsample: Upsample = "nearest",
        init: Init = "default",
        conditioning: GeneratorConditioning = "none",
        in_channels: int,
        out_channels: int,
        image_size: int,
        scale: int,
        num_classes: int,
    ):
        def block() -> Residual:
            own = [ConditionalNorm(nn.Identity(), width, num_classes)] if conditioning == "batch_norm" else []
            first, second = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))
            return Residual(Chain(first, *own, activation_layer(activation), second), nn.Identity())

        super().__init__(
            lambda: Chain(*[block() for _ in range(blocks)], nn.Conv2d(width, width, 3, padding=1)),
            [convolution(3)] * (2 * blocks + 1),
            width=width,
            activation=activation,
            upsample=upsample,
            init=init,
            conditioning=conditioning,
            in_channels=in_channels,
            out_channels=out_channels,
            num_classes=num_classes,
            scale=scale,
        )
