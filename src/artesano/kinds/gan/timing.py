"""How long will a GAN take? Some steps of a copy of the networks, a few samples and their features are timed."""

from __future__ import annotations

import copy
import time
from typing import Any

import torch

from artesano.gan.unrolling import generator_loss
from artesano.kinds.timing import clocked

FEW = 32


def seconds_per_step(module: Any, batch_size: int, device: torch.device) -> float:
    """Seconds of one step: `critic_steps` updates of the discriminator and one of the generator.

    The optimisers, cheap beside forward and backward passes, are left out; so is precision other than fp32.
    """
    networks, preprocessing = copy.deepcopy(module.networks).to(device), module.prepare.__self__.preprocessing
    shape = (batch_size, preprocessing.channels, preprocessing.size, preprocessing.size)
    real = torch.rand(shape, device=device).contiguous(memory_format=module.memory_format)
    labels = torch.zeros(batch_size, dtype=torch.int64, device=device)
    optimizer = module.optimizer_makers[1](networks.discriminator.parameters())

    def update(step: int) -> float:
        z = module.latent.draw(batch_size, device)
        codes = module.latent.codes(z)
        began = now(device)
        with torch.no_grad():
            fake = networks.generator(z, labels)
        networks.discriminator_loss(real, fake, labels=labels, codes=codes, step=step).backward()
        middle = now(device)
        fake = networks.generator(z, labels)
        generator_loss(networks, optimizer, module.unrolled_steps, real, fake, labels=labels, codes=codes).backward()
        return (middle - began) * module.critic_steps + now(device) - middle

    update(0)  # warms up
    every = max((term.interval for term in networks.terms), default=1)
    if every == 1:
        return update(0)
    return (update(0) + (every - 1) * update(1)) / every  # lazy penalties are due at one step of so many


def now(device: torch.device) -> float:
    """Seconds, once the device has done what it was asked."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


def seconds_per_sample(module: Any, measures: Any, device: torch.device) -> tuple[float, float]:
    """Seconds to make one image, and to compute its features."""
    generator = copy.deepcopy(module.evaluated).to(device).eval()
    z, labels = module.latent.draw(FEW, device), torch.zeros(FEW, dtype=torch.int64, device=device)
    with torch.no_grad():
        drawn = clocked(lambda: generator(z, labels), device) / FEW
        images = torch.randint(0, 256, tuple(generator(z, labels).shape), dtype=torch.uint8)
    return drawn, clocked(lambda: measures.extractor(images), device) / FEW
