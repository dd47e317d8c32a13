"""CycleGAN's residual generator (Zhu et al. 2017, arXiv 1703.10593, appendix 7.2; Johnson et al. 2016)."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from artesano.gan.networks.activations import Activation, Output, activation_layer, output_layers
from artesano.gan.networks.base import GeneratorConditioning, finish
from artesano.gan.networks.chain import Chain
from artesano.gan.networks.disturbances import disturbances
from artesano.gan.networks.image.base import ImageNorm, ImageToImage, image_norms, layer_norm_of
from artesano.gan.networks.image.halo import convolution, enlarging, halo, halving
from artesano.gan.networks.resampling import Upsample, up
from artesano.gan.networks.resnet import Residual
from artesano.gan.networks.weights import Init

HALVINGS = 2


def mirrored(inputs: int, outputs: int, kernel: int, *, bias: bool = True) -> nn.Conv2d:
    """A convolution with reflection padding."""
    return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, padding_mode="reflect", bias=bias)


class Generator(ImageToImage):
    """7x7 convolution, two that halve the side, residual blocks, two that double it, 7x7 convolution.

    Args:
        width: channels next to the image; four times as many in the blocks (the paper has 64).
        blocks: residual blocks: 6 for 128 px, 9 for 256 px and more in the paper.
        dropout: share dropped within the blocks.
        image_size: not read: any size goes through. The other arguments of this group come from the data too.

    Raises:
        BadInput: `scale` is not 1.
    """

    def __init__(
        self,
        *,
        width: Annotated[int, Field(ge=1)] = 16,
        blocks: Annotated[int, Field(ge=0)] = 6,
        output: Output = "linear",
        activation: Activation = "relu",
        upsample: Upsample = "nearest",
        norm: ImageNorm = "none",
        dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0,
        dropout_at_test: bool = False,
        noise: Annotated[float, Field(ge=0)] = 0.0,
        init: Init = "default",
        conditioning: GeneratorConditioning = "none",
        in_channels: int,
        out_channels: int,
        image_size: int,
        scale: int,
        num_classes: int,
    ):
        local = layer_norm_of(norm, conditioning) != "instance"
        halved, enlarged = [halving(kernel=3)] * HALVINGS, [enlarging(upsample)] * HALVINGS
        steps = [convolution(7), *halved, *[convolution(3)] * (2 * blocks), *enlarged, convolution(7)]
        super().__init__(
            conditioning=conditioning,
            in_channels=in_channels,
            out_channels=out_channels,
            num_classes=num_classes,
            scale=scale,
            multiple=2**HALVINGS,
            smallest=2 ** (HALVINGS + 1),  # the blocks need 2 px to mirror
            halo=halo(steps, multiple=2**HALVINGS) if local else None,
        )
        norms = image_norms(norm, conditioning, num_classes)
        plain = not norms(1)  # a norm would take a bias away again

        def active(features: int) -> list[nn.Module]:
            return [*norms(features), activation_layer(activation)]

        def block(features: int) -> Residual:
            return Residual(
                Chain(
                    mirrored(features, features, 3, bias=plain),
                    *active(features),
                    *disturbances(dropout, dropout_at_test, noise),
                    mirrored(features, features, 3, bias=plain),
                    *norms(features),
                ),
                nn.Identity(),
            )

        widths = [width * 2**level for level in range(HALVINGS + 1)]
        # instance norm would take the label's planes away: behind a mirrored convolution they are the same everywhere
        first = norms(width) if conditioning != "concat" else []
        self.layers = Chain(mirrored(self.inputs, width, 7, bias=not first), *first, activation_layer(activation))
        for before, after in pairwise(widths):
            self.layers.extend([nn.Conv2d(before, after, 3, stride=2, padding=1, bias=plain), *active(after)])
        self.layers.extend(block(widths[-1]) for _ in range(blocks))
        for before, after in pairwise(widths[::-1]):
            self.layers.extend([up(upsample, before, after, bias=plain), *active(after)])
        self.layers.extend([mirrored(width, out_channels, 7), *output_layers(output)])
        finish(self, init=init, norm=norm)

    def inner(self, source: Tensor, labels: Tensor | None) -> Tensor:
        return self.layers(source, labels)
