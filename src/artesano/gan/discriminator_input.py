"""How the discriminator sees images: together or apart, noisy, augmented, beside fakes of the past."""

# No `from __future__ import annotations`: the annotations are the schema that YAML values are validated against.

from collections.abc import Callable
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from artesano.gan.augment import Name, augment
from artesano.gan.discriminator_output import DiscriminatorOutput

Share = Annotated[float, Field(ge=0, le=1)]
# Real images in which p could go from 0 to 1: 500,000 in the paper, whose runs are a hundred times as long.
ADA_IMAGES = 100_000


class DiscriminatorInput(nn.Module):
    """All tricks at the discriminator's input; off, it hands images through untouched.

    Args:
        separate_batches: real and fake images in a forward pass each, so that batch norm never mixes them
            (ganhacks 4); otherwise one pass over both.
        instance_noise: standard deviation of the Gaussian noise on all images at step 0 (Sonderby et al. 2016), falling
            in a line to 0 at the share `instance_noise_until` of the run.
        diffaugment: operations on every image, in order.
        ada: target of the mean sign of D(x) on real images, above which augmentation gets more probable
            (0.6 in the paper); null = the operations of `diffaugment` always act.
        replay: size of a memory of old fakes, of which half of each batch of fakes is taken (Shrivastava et al. 2017,
            arXiv 1612.07828); 0 = none.
    """

    p: Tensor
    memory: Tensor
    filled: Tensor

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
        self.ada, self.replay = ada, replay
        self.register_buffer("p", torch.tensor(0.0 if ada is not None else 1.0))
        self.register_buffer("memory", torch.empty(0))
        self.register_buffer("filled", torch.zeros((), dtype=torch.int64))

    def attach(self, channels: int, size: int) -> None:
        """Make room for the memory of old fakes, so that a checkpoint finds it."""
        if self.replay:
            self.memory = torch.zeros(self.replay, channels, size, size)

    def noise(self, progress: float) -> float:
        """Standard deviation of the instance noise at this share of the run."""
        if not self.instance_noise or progress >= self.instance_noise_until:
            return 0.0
        return self.instance_noise * (1 - progress / self.instance_noise_until)

    def augment(self, images: Tensor) -> Tensor:
        """The augmentations alone: what penalties look through."""
        if not self.operations:
            return images
        return augment(images, self.operations, 1.0 if self.ada is None else self.p)

    def forward(self, images: Tensor, progress: float) -> Tensor:
        """What the discriminator sees of these images float [N, C, H, W] at this share of the run."""
        images = self.augment(images)
        std = self.noise(progress)
        return images + std * torch.randn_like(images) if std else images

    @torch.no_grad()
    def adapt(self, real: DiscriminatorOutput, probability: Callable[[Tensor], Tensor] | None) -> None:
        """ADA: more augmentation when the discriminator is too sure of real images, less when it is not."""
        if self.ada is not None and probability is not None:
            sure = (probability(real.logits.float()) - 0.5).sign().mean()
            self.p.add_((sure - self.ada).sign() * len(real.logits) / ADA_IMAGES).clamp_(0, 1)

    @torch.no_grad()
    def remembered(self, fake: Tensor) -> Tensor:
        """Half of the batch replaced by old fakes, and its first half remembered; an empty memory is filled first."""
        if not self.replay:
            return fake
        half = max(1, len(fake) // 2)
        full = self.filled >= self.replay
        fresh = (self.filled + torch.arange(half, device=fake.device)) % self.replay
        place = torch.where(full, torch.randint(self.replay, (half,), device=fake.device), fresh)
        old = torch.where(full, self.memory[place], fake[:half].float()).to(fake.dtype)
        self.memory[place] = fake[:half].float()
        self.filled.add_(half)
        return torch.cat([old, fake[half:]])
