"""How long will a GAN from images take? Two steps of a copy of the networks and a few images, on the run's device."""

from __future__ import annotations

import copy
import time
from typing import Any

import torch

from artesano.data.pairs.loaders import PairLoaders
from artesano.evaluation.pair_measures import PairMeasures
from artesano.kinds.timing import clocked, cores

FEW = 8


def seconds_per_step(module: Any, loaders: PairLoaders, device: torch.device) -> float:
    """Seconds of one step of the adversarial phase; the optimisers, cheap beside the passes, are left out."""
    networks = copy.deepcopy(module.network).to(device)
    batch = loaders.training_batch(0)
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


def seconds_to_read(loaders: PairLoaders) -> float:
    """Seconds to read and cut one training batch, by as many processes as read."""
    began = time.perf_counter()
    loaders.training_batch(0)
    processes = 1 if loaders.in_memory else max(1, min(loaders.data.workers, cores()))
    return (time.perf_counter() - began) / processes


def seconds_per_image(module: Any, measures: PairMeasures, device: torch.device) -> tuple[float, float, float]:
    """Seconds to read a validation image, to generate one, and to measure it."""
    module.to(device)  # where training takes it a moment later
    began = time.perf_counter()
    whole = next(iter(measures.loaders.evaluate("val")))
    read = (time.perf_counter() - began) / len(whole.target)
    batch = whole.taken(slice(FEW))
    prepared, unit = measures.images.prepared(module, batch)
    count = len(batch.target)
    generated = clocked(lambda: module.translate(prepared), device) / count
    if not measures.loaders.listing.paired:
        return read, generated, 0.0
    fake = module.translate(prepared)
    return read, generated, clocked(lambda: measures.values(unit, fake), device) / count
