"""How long will a GAN take? Two steps of a copy of the pair, on the device of the run."""

from __future__ import annotations

import copy
import time
from typing import Any

import torch


def seconds_per_step(module: Any, batch_size: int, device: torch.device) -> float:
    """Seconds of one step: `critic_steps` updates of the discriminator and one of the generator.

    The optimisers, cheap beside forward and backward passes, are left out; so is precision other than fp32.
    """
    pair, preprocessing = copy.deepcopy(module.pair).to(device), module.prepare.__self__.preprocessing
    shape = (batch_size, preprocessing.channels, preprocessing.size, preprocessing.size)
    real = torch.rand(shape, device=device).contiguous(memory_format=module.memory_format)
    labels = torch.zeros(batch_size, dtype=torch.int64, device=device)
    seconds = 0.0
    for _ in range(2):  # the first warms up
        began = time.perf_counter()
        z = module.latent.draw(batch_size, device)
        codes = module.latent.codes(z)
        with torch.no_grad():
            fake = pair.generator(z, labels)
        pair.discriminator_loss(real, fake, labels=labels, codes=codes).backward()
        middle = time.perf_counter()
        pair.generator_loss(real, pair.generator(z, labels), labels=labels, codes=codes).backward()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        seconds = (middle - began) * module.critic_steps + time.perf_counter() - middle
    return seconds
