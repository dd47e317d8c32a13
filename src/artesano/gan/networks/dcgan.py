"""DCGAN: convolutions only, doubling from 4 px (Radford et al. 2016, arXiv 1511.06434)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import nn

from artesano.gan.networks.activations import Activation, Output, activation_layer, output_layers
from artesano.gan.networks.attention import attention_at
from artesano.gan.networks.base import BaseDiscriminator, GeneratorConditioning, NoiseToImage, Pac, finish
from artesano.gan.networks.chain import Chain
from artesano.gan.networks.disturbances import disturbances
from artesano.gan.networks.heads import DiscriminatorConditioning, Heads
from artesano.gan.networks.minibatch import Minibatch
from artesano.gan.networks.norms import Norm, norm_layers
from artesano.gan.networks.resampling import Downsample, Upsample, down, up
from artesano.gan.networks.sizes import STEM, check_attention, doublings, widths
from artesano.gan.networks.weights import Init


class Generator(NoiseToImage):
    """A linear stem to 4x4, then blocks that double the side: up, norm, activation; no norm on the images.

    Args:
        width: channels of the hidden layer nearest to the image; they double towards the stem, up to 8 times.
        attention: side in px of the feature map that gets self-attention, or None.
        latent_dim: length of z. The other three arguments, like this one, come from the data and the latent.

    Raises:
        BadInput: `image_size` is not a power of two from 8 to 256, or no feature map has the side of `attention`.
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
        count = doublings(image_size, "dcgan")
        check_attention(attention, [STEM * 2**layer for layer in range(count)], "generator")
        hidden = widths(width, count)[::-1]
        norms = norm_layers(norm, num_classes if conditioning == "batch_norm" else 0)

        self.layers = Chain()
        for layer, features in enumerate(hidden):
            normed = norms(features)
            if layer == 0:
                first = nn.Linear(self.inputs, features * STEM**2, bias=not normed)
                self.layers.extend([first, nn.Unflatten(1, (features, STEM, STEM))])
            else:
                self.layers.append(up(upsample, hidden[layer - 1], features, bias=not normed))
            self.layers.extend([*normed, activation_layer(activation), *disturbances(dropout, dropout_at_test, noise)])
            self.layers.extend(attention_at(STEM * 2**layer, attention, features))
        self.layers.extend([up(upsample, hidden[-1], channels), *output_layers(output)])
        finish(self, init=init, norm=norm)


def encoder(
    inputs: int,
    image_size: int,
    *,
    width: int,
    activation: Activation,
    downsample: Downsample,
    norm: Norm,
    attention: int | None = None,
    dropout: float = 0.0,
    noise: float = 0.0,
) -> tuple[Chain, int]:
    """Layers from [N, inputs, image_size, image_size] to [N, features, 4, 4], and the number of these features."""
    count = doublings(image_size, "dcgan")
    check_attention(attention, [STEM * 2**layer for layer in range(count)], "discriminator")
    norms = norm_layers(norm)
    layers = Chain(*disturbances(noise=noise))
    before = inputs
    for layer, features in enumerate(widths(width, count)):
        normed = norms(features) if layer else []
        layers.append(down(downsample, before, features, bias=not normed))
        layers.extend([*normed, activation_layer(activation), *disturbances(dropout, noise=noise)])
        layers.extend(attention_at(image_size // 2 ** (layer + 1), attention, features))
        before = features
    return layers, before


class Discriminator(BaseDiscriminator):
    """Blocks that halve the side down to 4x4 (down, norm, activation; no norm in the first), then the heads.

    Args:
        width: channels of the first layer; they double towards the head, up to 8 times.
        attention: side in px of the feature map that gets self-attention, or None.
        dropout: share dropped behind every hidden layer, in training.
        noise: standard deviation of noise on the image and behind every hidden layer, in training.
        classes_are_logits: the K-class discriminator of semi-supervised learning, see `Heads`.
        pac: images that are judged together.
        code_dim: length of InfoGAN's posterior parameters; 0 for no such head.

    Raises:
        BadInput: as the generator; or `classes_are_logits` with what it excludes.
    """

    def __init__(
        self,
        *,
        width: Annotated[int, Field(ge=1)] = 32,
        attention: int | None = None,
        activation: Activation = "relu",
        downsample: Downsample = "max_pool",
        norm: Norm = "none",
        minibatch: Minibatch = "none",
        pac: Pac = 1,
        dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0,
        noise: Annotated[float, Field(ge=0)] = 0.0,
        init: Init = "default",
        conditioning: DiscriminatorConditioning = "none",
        classes_are_logits: bool = False,
        image_size: int,
        channels: int,
        num_classes: int,
        code_dim: int = 0,
    ):
        super().__init__(
            channels, image_size, image_size, conditioning=conditioning, num_classes=num_classes, pac=pac, norm=norm
        )
        self.layers, features = encoder(
            self.inputs,
            image_size,
            width=width,
            attention=attention,
            activation=activation,
            downsample=downsample,
            norm=norm,
            dropout=dropout,
            noise=noise,
        )
        self.heads = Heads(
            features * STEM**2,
            conditioning=conditioning,
            num_classes=num_classes,
            code_dim=code_dim,
            minibatch=minibatch,
            classes_are_logits=classes_are_logits,
        )
        finish(self, init=init, norm=norm)
