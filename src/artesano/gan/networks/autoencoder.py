"""An autoencoder as discriminator: its error is the logit (BEGAN: Berthelot et al. 2017, arXiv 1703.10717)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn

from artesano.errors import BadInput
from artesano.gan.discriminator_output import DiscriminatorOutput
from artesano.gan.networks import dcgan
from artesano.gan.networks.activations import Activation
from artesano.gan.networks.base import BaseDiscriminator, finish
from artesano.gan.networks.resampling import Downsample, Upsample
from artesano.gan.networks.sizes import STEM
from artesano.gan.networks.weights import Init


class Discriminator(BaseDiscriminator):
    """DCGAN's convolutions down to a code, and a DCGAN generator back from it.

    `logits` are the L1 reconstruction errors, float32 [N]: the mean over the pixels of each image, at least 0 and small
    for real images. `features` are the codes [N, hidden].

    Args:
        width: channels next to the image, in both halves.
        hidden: length of the code.
        code_dim: must be 0; there is no head for InfoGAN's codes.

    Raises:
        BadInput: `image_size` is not a power of two from 8 to 256, or `code_dim` is not 0.
    """

    gives = ("errors",)

    def __init__(
        self,
        *,
        width: Annotated[int, Field(ge=1)] = 32,
        hidden: Annotated[int, Field(ge=1)] = 64,
        activation: Activation = "relu",
        downsample: Downsample = "max_pool",
        upsample: Upsample = "nearest",
        norm: Literal["none", "batch", "instance", "spectral"] = "none",
        init: Init = "default",
        conditioning: Literal["none", "channels"] = "none",
        image_size: int,
        channels: int,
        num_classes: int,
        code_dim: int = 0,
    ):
        if code_dim:
            raise BadInput("discriminator: autoencoder has no head for the latent's codes. Use dcgan, mlp or resnet.")
        super().__init__(channels, image_size, image_size, conditioning=conditioning, num_classes=num_classes)
        self.layers, features = dcgan.encoder(
            self.inputs, image_size, width=width, activation=activation, downsample=downsample, norm=norm
        )
        self.layers.extend([nn.Flatten(), nn.Linear(features * STEM**2, hidden)])
        self.decoder = dcgan.Generator(
            width=width,
            activation=activation,
            upsample=upsample,
            norm="none" if norm == "spectral" else norm,  # `finish` sees to both halves
            latent_dim=hidden,
            image_size=image_size,
            channels=channels,
            num_classes=num_classes,
        )
        finish(self, init=init, norm=norm)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> DiscriminatorOutput:
        code = self.hidden(images, labels)
        error = (self.decoder(code).float() - images.float()).abs().mean((1, 2, 3))
        return DiscriminatorOutput(error, code)
