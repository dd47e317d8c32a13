"""Residual nets of SNGAN (Miyato et al. 2018, arXiv 1802.05957, appendix B.4), doubling from 4 px."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from artesano.gan.networks.activations import Activation, Output, activation_layer, output_layers
from artesano.gan.networks.attention import attention_at
from artesano.gan.networks.base import BaseDiscriminator, GeneratorConditioning, NoiseToImage, Pac, finish
from artesano.gan.networks.chain import Chain, TakesLabels
from artesano.gan.networks.disturbances import disturbances
from artesano.gan.networks.heads import DiscriminatorConditioning, Heads
from artesano.gan.networks.minibatch import Minibatch
from artesano.gan.networks.norms import Norm, norm_layers
from artesano.gan.networks.resampling import Upsample, up
from artesano.gan.networks.sizes import STEM, check_attention, doublings, widths
from artesano.gan.networks.weights import Init


class Residual(TakesLabels, nn.Module):
    """shortcut(x) + residual(x)."""

    def __init__(self, residual: Chain, shortcut: nn.Module):
        super().__init__()
        self.residual = residual
        self.shortcut = shortcut

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.shortcut(x) + self.residual(x, labels)


class SumPool(nn.Module):
    """[N, C, H, W] -> [N, C], the sum over the pixels."""

    def forward(self, x: Tensor) -> Tensor:
        return x.sum((2, 3))


class Generator(NoiseToImage):
    """A linear stem to 4x4, residual blocks that double the side, then norm, activation and a 3x3 convolution.

    Args:
        width: channels of the block nearest to the image; they double towards the stem, up to 8 times.
        attention: side in px of the block that self-attention follows, or None.
        latent_dim: length of z. The other three arguments, like this one, come from the data and the latent.

    Raises:
        BadInput: `image_size` is not a power of two from 8 to 256, or no block has the side of `attention`.
    """

    def __init__(
        self,
        *,
        width: Annotated[int, Field(ge=1)] = 32,
        attention: int | None = None,
        output: Output = "linear",
        activation: Activation = "relu",
        upsample: Upsample = "nearest",
        norm: Norm = "none",
        dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0,
        dropout_at_test: bool = False,
        noise: Annotated[float, Field(ge=0)] = 0.0,
        init: Init = "default",
        conditioning: GeneratorConditioning = "none",
        latent_dim: int,
        image_size: int,
        channels: int,
        num_classes: int,
    ):
        super().__init__(conditioning=conditioning, latent_dim=latent_dim, num_classes=num_classes, norm=norm)
        count = doublings(image_size, "resnet")
        sides = [STEM * 2 ** (layer + 1) for layer in range(count)]
        check_attention(attention, sides, "generator")
        norms = norm_layers(norm, num_classes if conditioning == "batch_norm" else 0)
        stem, *hidden = widths(width, count + 1)[::-1]

        def active(features: int) -> list[nn.Module]:
            """Norm and activation; without a norm the activation gets what the shortcut reads too."""
            normed = norms(features)
            activated = activation_layer(activation, inplace=bool(normed))
            return [*normed, activated, *disturbances(dropout, dropout_at_test, noise)]

        self.layers = Chain(nn.Linear(self.inputs, stem * STEM**2), nn.Unflatten(1, (stem, STEM, STEM)))
        before = stem
        for side, features in zip(sides, hidden, strict=True):
            residual = Chain(
                *active(before),
                up(upsample, before, features, bias=not norms(features)),
                *active(features),
                nn.Conv2d(features, features, 3, padding=1),
            )
            # the 1x1 convolution and nearest upsampling commute, and this order is four times cheaper
            shortcut = nn.Sequential(nn.Conv2d(before, features, 1), nn.Upsample(scale_factor=2))
            self.layers.extend([Residual(residual, shortcut), *attention_at(side, attention, features)])
            before = features
        self.layers.extend([*active(before), nn.Conv2d(before, channels, 3, padding=1), *output_layers(output)])
        finish(self, init=init, norm=norm)


class Discriminator(BaseDiscriminator):
    """Residual blocks that halve the side to 4x4 by average pooling, one that keeps it, the sum over pixels, the heads.

    Args:
        width: channels of the first block; they double towards the head, up to 8 times.
        attention: side in px of the block that self-attention follows, or None.
        pac: images that are judged together.
        code_dim: length of InfoGAN's posterior parameters; 0 for no such head.

    Raises:
        BadInput: as the generator.
    """

    def __init__(
        self,
        *,
        width: Annotated[int, Field(ge=1)] = 32,
        attention: int | None = None,
        activation: Activation = "relu",
        norm: Norm = "none",
        minibatch: Minibatch = "none",
        pac: Pac = 1,
        init: Init = "default",
        conditioning: DiscriminatorConditioning = "none",
        image_size: int,
        channels: int,
        num_classes: int,
        code_dim: int = 0,
    ):
        super().__init__(
            channels, image_size, image_size, conditioning=conditioning, num_classes=num_classes, pac=pac, norm=norm
        )
        count = doublings(image_size, "resnet")
        sides = [image_size // 2 ** (layer + 1) for layer in range(count)]
        check_attention(attention, sides, "discriminator")
        norms = norm_layers(norm)

        def active(features: int) -> list[nn.Module]:
            normed = norms(features)
            return [*normed, activation_layer(activation, inplace=bool(normed))]

        def convolution(inputs: int, outputs: int) -> nn.Module:
            return nn.Conv2d(inputs, outputs, 3, padding=1)

        hidden = widths(width, count)
        first = hidden[0]
        self.layers = Chain(
            Residual(  # no norm and no activation before the image is read
                Chain(
                    convolution(self.inputs, first),
                    activation_layer(activation),
                    convolution(first, first),
                    nn.AvgPool2d(2),
                ),
                nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(self.inputs, first, 1)),
            ),
            *attention_at(sides[0], attention, first),
        )
        before = first
        for side, features in zip(sides[1:], hidden[1:], strict=True):
            residual = Chain(
                *active(before),
                convolution(before, features),
                *active(features),
                convolution(features, features),
                nn.AvgPool2d(2),
            )
            shortcut = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(before, features, 1))
            self.layers.extend([Residual(residual, shortcut), *attention_at(side, attention, features)])
            before = features
        last = Chain(*active(before), convolution(before, before), *active(before), convolution(before, before))
        self.layers.extend([Residual(last, nn.Identity()), *active(before), SumPool()])
        self.heads = Heads(
            before, conditioning=conditioning, num_classes=num_classes, code_dim=code_dim, minibatch=minibatch
        )
        finish(self, init=init, norm=norm)
