"""The image pool: the discriminator also sees fakes of earlier steps (Shrivastava et al. 2017, arXiv 1612.07828)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

HALF = 0.5  # probability


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
        """float [N, C, H, W] -> the same shape; the first half enters the pool and may be replaced, the rest stays.

        Of an odd batch the image in the middle enters a full pool with a probability of a half, so that a
        discriminator that sees one fake at a time sees present ones too.
        """
        if not self.size:
            return fake
        half, odd = divmod(len(fake), 2)
        shown = [self.exchanged(fake[:half])] if half else []
        if odd:
            stays = (self.filled >= self.size) & (torch.rand(1, device=fake.device) < HALF)
            shown.append(self.exchanged(fake[half : half + 1], stays))
        return torch.cat([*shown, fake[half + odd :]])

    def exchanged(self, fake: Tensor, stays: Tensor | None = None) -> Tensor:
        """Those that the pool gives for these, or these where it is not full.

        Args:
            stays: bool [1], whether they stay out of the pool after all; without a wait for the device.
        """
        count = len(fake)
        full = self.filled >= self.size
        next_free = (self.filled + torch.arange(count, device=fake.device)) % self.size
        place = torch.where(full, torch.randint(self.size, (count,), device=fake.device), next_free)
        held, new = self.images[place], fake.detach().float()
        taken = full if stays is None else full & ~stays
        self.images[place] = new if stays is None else torch.where(stays, held, new)
        self.filled.add_(count)
        return torch.where(taken, held, fake.float()).to(fake.dtype)
