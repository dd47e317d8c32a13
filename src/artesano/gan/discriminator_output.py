"""What a discriminator says about a batch of images."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class DiscriminatorOutput(NamedTuple):
    """Whatever the losses and terms may ask of a discriminator; absent fields are None.

    logits: float [N], before any sigmoid; [N, patches] where patches or pixels are judged one by one; of an autoencoder
        the reconstruction error of each image.
    features: float [N, F], the last hidden layer, flattened.
    classes: float [N, K], class logits of an auxiliary or K-class head.
    codes: float [N, C], parameters of InfoGAN's posterior.
    """

    logits: Tensor
    features: Tensor | None = None
    classes: Tensor | None = None
    codes: Tensor | None = None
