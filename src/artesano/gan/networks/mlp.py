"""Fully connected nets (Goodfellow et al. 2014, arXiv 1406.2661): any image size, no notion of neighbouring pixels."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn

from artesano.gan.discriminator_output import DiscriminatorOutput
from artesano.gan.networks.activations import Activation, Output, activation_layer, output_layers
from artesano.gan.networks.base import BaseDiscriminator, NoiseToImage, Pac, finish
from artesano.gan.networks.chain import Chain
from artesano.gan.networks.disturbances import disturbances
from artesano.gan.networks.heads import DiscriminatorConditioning, Heads
from artesano.gan.networks.minibatch import Minibatch
from artesano.gan.networks.weights import Init

Units = Annotated[int, Field(ge=1)]


class Generator(NoiseToImage):
    """Hidden layers (linear, norm, activation), then one linear layer to all pixels.

    Args:
        hidden: units of each hidden layer, the first one nearest to z.
        latent_dim: length of z. The other three arguments, like this one, come from the data and the latent.
    """

    def __init__(
        self,
        *,
        hidden: tuple[Units, ...] = (256, 512, 1024),
        output: Output = "linear",
        activation: Activation = "relu",
        norm: Literal["none", "batch"] = "none",
        dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0,
        dropout_at_test: bool = False,
        noise: Annotated[float, Field(ge=0)] = 0.0,
        init: Init = "default",
        conditioning: Literal["none", "concat"] = "none",
        latent_dim: int,
        image_size: int,
        channels: int,
        num_classes: int,
    ):
        super().__init__(conditioning=conditioning, latent_dim=latent_dim, num_classes=num_classes)
        self.layers = Chain()
        before = self.inputs
        for units in hidden:
            normed = [nn.BatchNorm1d(units)] if norm == "batch" else []
            self.layers.extend([nn.Linear(before, units, bias=not normed), *normed, activation_layer(activation)])
            self.layers.extend(disturbances(dropout, dropout_at_test, noise))
            before = units
        self.layers.append(nn.Linear(before, channels * image_size**2))
        self.layers.extend([nn.Unflatten(1, (channels, image_size, image_size)), *output_layers(output)])
        finish(self, init=init)


class Discriminator(BaseDiscriminator):
    """The flat image through hidden layers (linear, norm, activation; no norm in the first), then the heads.

    Args:
        hidden: units of each hidden layer, the first one nearest to the image.
        pac: images that are judged together.
        dropout: share dropped behind every hidden layer, in training.
        noise: standard deviation of noise on the image and behind every hidden layer, in training.
        classes_are_logits: the K-class discriminator of semi-supervised learning, see `Heads`.
        code_dim: length of InfoGAN's posterior parameters; 0 for no such head.
    """

    def __init__(
        self,
        *,
        hidden: Annotated[tuple[Units, ...], Field(min_length=1)] = (1024, 512, 256),
        activation: Activation = "relu",
        norm: Literal["none", "batch", "spectral", "weight"] = "none",
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
        super().__init__(channels * image_size**2, conditioning=conditioning, num_classes=num_classes, pac=pac)
        self.layers = Chain(*disturbances(noise=noise))
        before = self.inputs
        for layer, units in enumerate(hidden):
            normed = [nn.BatchNorm1d(units)] if norm == "batch" and layer else []
            self.layers.extend([nn.Linear(before, units, bias=not normed), *normed, activation_layer(activation)])
            self.layers.extend(disturbances(dropout, noise=noise))
            before = units
        self.heads = Heads(
            before,
            conditioning=conditioning,
            num_classes=num_classes,
            code_dim=code_dim,
            minibatch=minibatch,
            classes_are_logits=classes_are_logits,
        )
        finish(self, init=init, norm=norm)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> DiscriminatorOutput:
        return super().forward(images.flatten(1), labels)
