"""What a discriminator returns for a batch of images."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class DiscriminatorOutput(NamedTuple):
    """All that losses and terms can use of a discriminator; fields that it does not compute are None.

    N images, or packs of images where `pac` is above 1:

    logits: float [N], before any sigmoid; [N, patches] of a discriminator with a logit for each patch or pixel; of an
        autoencoder the reconstruction error of each image.
    features: float [N, F], the last hidden layer, flattened.
    classes: float [N, K], class logits of an auxiliary or K-class head.
    codes: float [N, C], parameters of InfoGAN's posterior.
    """

    logits: Tensor
    features: Tensor | None = None
    classes: Tensor | None = None
    codes: Tensor | None = None
