"""Real images that a GAN is not trained on, for the health monitor: does its discriminator know them as real?"""

from __future__ import annotations

import torch
from torch import Tensor

from artesano.data.batches import LabelledImages
from artesano.data.loaders import Loaders
from artesano.evaluation.floor import held_out
from artesano.gan.module import GanModule
from artesano.seeding import generator


class HeldOut:
    """A batch of the test part, or of the validation part where there is none: a function of (seed, step) alone."""

    def __init__(self, loaders: Loaders, module: GanModule):
        self.loaders, self.module = loaders, module

    def __call__(self, count: int, step: int) -> tuple[Tensor, Tensor] | None:
        """float [count, C, S, S] as the networks see them in this step, and labels; None without such images, or where
        one cannot be read.

        Where there are fewer, some come twice: batch statistics are to be those of a whole batch.
        """
        loaders, module = self.loaders, self.module
        part = held_out(loaders.listing.splits)
        if part is None:
            return None
        order = torch.randperm(len(loaders.listing.splits[part]), generator=generator(loaders.seed, "held out", step))
        chosen = order[:count]
        images = loaders.images(part, chosen)
        if len(images) < len(chosen):  # streamed images come without those that failed, so whose label is whose?
            return None
        places = torch.arange(count) % len(images)
        rows = chosen[places]
        labels = torch.from_numpy(loaders.listing.splits[part].labels)[rows]
        batch = LabelledImages(images[places].to(module.device), labels.to(module.device), rows)
        prepared = module.prepare(batch, step)
        return prepared.images.to(module.dtype, memory_format=module.memory_format), prepared.labels
