"""How images reach the discriminator: batching, instance noise, augmentation and the image pool."""

# No `from __future__ import annotations`: the annotations are the schema that YAML values are validated against.

from collections.abc import Callable
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from artesano.gan.augment import Name, augment
from artesano.gan.discriminator_output import DiscriminatorOutput
from artesano.gan.image_pool import ImagePool

Share = Annotated[float, Field(ge=0, le=1)]
# Real images after which p can have gone from 0 to 1. The paper has 500,000, a fiftieth of its runs; of ours of 64,000
# images, with 100 to learn from, D knew them by heart long before p had risen to 0.3 at a fifth of that number.
ADA_IMAGES = 20_000


class DiscriminatorInput(nn.Module):
    """The tricks at the discriminator's input. With all of them off, images pass unchanged.

    Args:
        separate_batches: real and fake images in a forward pass each, so that batch norm never mixes them
            (ganhacks 4); otherwise one pass over both.
        instance_noise: standard deviation of the Gaussian noise on all images at step 0 (Sonderby et al. 2016), falling
            linearly to 0 at the share `instance_noise_until` of the run.
        diffaugment: operations on every image, in order.
        ada: target of the mean sign of D(x) on real images; above it, augmentation becomes more probable
            (0.6 in the paper); null = the operations of `diffaugment` always act.
        replay: size of the image pool, from which half of each batch of fakes is taken (Shrivastava et al. 2017,
            arXiv 1612.07828); 0 = no pool.

    Attributes:
        masked: the last channel is a mask that the discriminator reads: neither colours nor noise change it.
        beside: channels of the source beside the image, the mask included; its colours change apart from the image's.
        ends: lowest and highest value of images; the augmentations are made for [-1, 1].
    """

    p: Tensor
    masked = False
    beside = 0
    ends = (-1.0, 1.0)

    def __init__(
        self,
        separate_batches: bool = False,
        instance_noise: Annotated[float, Field(ge=0)] = 0.0,
        instance_noise_until: Share = 1.0,
        diffaugment: list[Name] | None = None,
        ada: Annotated[float, Field(gt=-1, lt=1)] | None = None,
        replay: Annotated[int, Field(ge=0)] = 0,
    ):
        super().__init__()
        self.separate_batches = separate_batches
        self.instance_noise, self.instance_noise_until = instance_noise, instance_noise_until
        self.operations: tuple[str, ...] = tuple(diffaugment or ())
        self.ada = ada
        self.pool = ImagePool(replay)
        self.register_buffer("p", torch.tensor(0.0 if ada is not None else 1.0))

    def noise(self, progress: float) -> float:
        """Standard deviation of the instance noise at this share of the run."""
        if not self.instance_noise or progress >= self.instance_noise_until:
            return 0.0
        return self.instance_noise * (1 - progress / self.instance_noise_until)

    def augment(self, images: Tensor) -> Tensor:
        """The augmentations alone, without noise: gradient penalties are computed through them."""
        if not self.operations:
            return images
        low, high = self.ends
        middle, half = (low + high) / 2, (high - low) / 2
        wide = images if images.dtype == torch.double else images.float()  # rounded once, as real images are
        scaled, p = (wide - middle) / half, 1.0 if self.ada is None else self.p
        changed = augment(scaled, self.operations, p, pictures=self.pictures(images.shape[1]))
        return (changed * half + middle).to(images.dtype)

    def pictures(self, channels: int) -> list[int]:
        """Channels of the image, and of its source where that lies beside it; without the mask."""
        sizes = [channels - self.beside, self.beside] if self.beside else [channels]
        sizes[-1] -= self.masked
        return sizes

    def forward(self, images: Tensor, progress: float) -> Tensor:
        """float [N, C, H, W] -> the same shape, augmented and noisy.

        Args:
            progress: share of the run that is done, in [0, 1].
        """
        images = self.augment(images)
        std = self.noise(progress)
        if not std:
            return images
        noise = std * torch.randn_like(images)
        if self.masked:
            noise[:, -1:] = 0
        return images + noise

    @torch.no_grad()
    def adapt(
        self, real: DiscriminatorOutput, probability: Callable[[Tensor], Tensor] | None, images: int | None = None
    ) -> None:
        """ADA: raise p where the mean sign of D(x) is above the target, lower it otherwise.

        Args:
            images: real ones that were shown; None = as many as there are logits.
        """
        if self.ada is not None and probability is not None:
            mean_sign = (probability(real.logits.float()) - 0.5).sign().mean()
            shown = len(real.logits) if images is None else images
            self.p.add_((mean_sign - self.ada).sign() * shown / ADA_IMAGES).clamp_(0, 1)
