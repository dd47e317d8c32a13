"""How long will a GAN from images take? Two steps of a copy of the networks and a few images, on the run's device."""

from __future__ import annotations

import copy
import time
from typing import Any, NamedTuple

import torch
from torch import Tensor

from artesano.data.pairs.loaders import PairLoaders
from artesano.evaluation.pair_measures import PairMeasures
from artesano.evaluation.perceptual import perceptual_measures
from artesano.gan.adversarial_networks import frozen
from artesano.kinds.timing import clocked, cores
from artesano.metrics.naturalness import Naturalness

FEW = 8


def seconds_per_step(module: Any, loaders: PairLoaders, device: torch.device, share: float) -> float:
    """Seconds of one step; the optimisers, cheap beside the passes, are left out.

    Args:
        share: of the adversarial weights: 0 in the pixel phase, which has no discriminator, else 1.
    """
    networks = copy.deepcopy(module.network).to(device)
    batch = loaders.training_batch(0)
    batch = module.formatted(loaders.prepare(batch.moved(device), 0))
    seconds = 0.0
    for _ in range(2):  # the first warms up
        began = time.perf_counter()
        for direction in networks.directions(batch):
            if share and direction.networks.weight:
                fake = direction.fake.detach()
                direction.networks.discriminator_loss(
                    direction.real, fake, source=direction.shown, labels=direction.labels
                ).backward()
            with frozen(networks.discriminators().parameters()):
                loss = module.generator_loss(direction, share, {"step": 0, "progress": 0.0})
                loss.backward(retain_graph=True)
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


class ImageSeconds(NamedTuple):
    """Seconds of one image; 0 where it is not wanted.

    Attributes:
        measured: in training and at the end.
        compared: by LPIPS and DISTS, at the end.
        natural: its NIQE, at the end.
    """

    read: float
    generated: float
    measured: float
    compared: float
    natural: float


def seconds_per_image(module: Any, measures: PairMeasures, device: torch.device) -> ImageSeconds:
    """Of a validation image."""
    module.to(device)  # where training takes it a moment later
    evaluated = measures.loaders.evaluate("val")
    next(iter(evaluated))  # where images are kept, all of the part are decoded here, once
    began = time.perf_counter()
    whole = next(iter(evaluated))
    read = (time.perf_counter() - began) / len(whole.target)
    batch = whole.taken(slice(FEW))
    prepared, unit = measures.images.prepared(module, batch)
    count = len(batch.target)
    generated = clocked(lambda: module.translate(prepared), device) / count
    natural = seconds_of_naturalness(unit.target) if measures.options.niqe else 0.0
    if not measures.loaders.listing.paired:
        return ImageSeconds(read, generated, 0.0, 0.0, natural)
    fake = module.translate(prepared)
    measured = clocked(lambda: measures.values(unit, fake), device) / count
    compare = perceptual_measures(measures.options.perceptual, device)[0].values()
    compared = clocked(lambda: [one(fake, unit.target) for one in compare], device) / count
    return ImageSeconds(read, generated, measured, compared, natural)


def seconds_of_naturalness(images: Tensor) -> float:
    """Seconds for one of these images, by any model: the real one is fitted when training has ended."""
    model = Naturalness(torch.zeros(36, dtype=torch.float64), torch.eye(36, dtype=torch.float64))
    return clocked(lambda: model(images), images.device) / len(images)
