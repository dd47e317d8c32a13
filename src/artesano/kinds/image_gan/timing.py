"""Seconds per step of a GAN from images: two steps of a copy of the networks on a real batch, on the run's device."""

from __future__ import annotations

import copy
import time
from typing import Any

import torch

from artesano.data.pairs.loaders import PairLoaders


def seconds_per_step(module: Any, loaders: PairLoaders, device: torch.device) -> float:
    """Seconds of one step of the adversarial phase; the optimisers, cheap beside the passes, are left out."""
    networks = copy.deepcopy(module.network).to(device)
    batch = next(iter(loaders.train(lambda: 0, 1)))
    batch = module.formatted(loaders.prepare(batch.moved(device), 0))
    seconds = 0.0
    for _ in range(2):  # the first warms up
        began = time.perf_counter()
        for direction in networks.directions(batch):
            if direction.networks.weight:
                fake = direction.fake.detach()
                direction.networks.discriminator_loss(
                    direction.real, fake, source=direction.shown, labels=direction.labels
                ).backward()
            module.generator_loss(direction, 1.0, {"step": 0, "progress": 0.0}).backward(retain_graph=True)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        seconds = time.perf_counter() - began
    return seconds
