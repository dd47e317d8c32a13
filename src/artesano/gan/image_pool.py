"""The image pool: the discriminator also sees fakes of earlier steps (Shrivastava et al. 2017, arXiv 1612.07828)."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ImagePool(nn.Module):
    """Replaces half of each batch of fakes by fakes of earlier steps.

    The pool is filled first. Afterwards each image that enters takes a random place, and the image that was there is
    returned in its stead. Images and fill count are buffers, so a checkpoint holds them.

    Args:
        size: images that are kept; 0 = batches are returned as they are.
    """

    images: Tensor
    filled: Tensor

    def __init__(self, size: int = 0):
        super().__init__()
        self.size = size
        self.register_buffer("images", torch.empty(0))
        self.register_buffer("filled", torch.zeros((), dtype=torch.int64))

    def allocate(self, channels: int, side: int) -> None:
        """Give the buffer its shape [size, channels, side, side], so that a checkpoint can be loaded into it."""
        if self.size:
            self.images = torch.zeros(self.size, channels, side, side)

    def forward(self, fake: Tensor) -> Tensor:
        """float [N, C, H, W] -> the same shape; the first half enters the pool and may be replaced, the rest stays."""
        if not self.size:
            return fake
        half = max(1, len(fake) // 2)
        full = self.filled >= self.size
        next_free = (self.filled + torch.arange(half, device=fake.device)) % self.size
        place = torch.where(full, torch.randint(self.size, (half,), device=fake.device), next_free)
        old = torch.where(full, self.images[place], fake[:half].float()).to(fake.dtype)
        self.images[place] = fake[:half].detach().float()
        self.filled.add_(half)
        return torch.cat([old, fake[half:]])
