"""How long will it take? A few images through a copy of the network, on the device of the run."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Collection
from typing import Any

import torch

from artesano.data.preprocessing import Preprocessing
from artesano.training.freezing import apply_stage, set_modes
from artesano.transfer.norm_stats import keeping

FEW = 8
PATIENCE = 1.0  # seconds that a few images may take for the whole batch to be timed as well


def paces(
    module: Any, preprocessing: Preprocessing, batch_size: int, device: torch.device
) -> tuple[float, list[tuple[int, float]]]:
    """Seconds for one image evaluated; the step at which each stage begins, and seconds for one of its training images.

    The first and the last stage are timed, and those between lie on the line.
    """
    stages, last = module.stages, len(module.stages) - 1
    begins = [math.ceil(stage.start * module.max_steps) for stage in stages]
    forward, end = seconds_per_image(module, preprocessing, batch_size, device, trainable=stages[last].trainable)
    if not last:
        return forward, [(0, end)]
    _, start = seconds_per_image(module, preprocessing, batch_size, device, trainable=stages[0].trainable)
    return forward, [(begin, start + (end - start) * place / last) for place, begin in enumerate(begins)]


def seconds_per_image(
    module: Any,
    preprocessing: Preprocessing,
    batch_size: int,
    device: torch.device,
    trainable: Collection[str] | None = None,
) -> tuple[float, float]:
    """Seconds for one image: evaluated, and trained on (forward, backward of what is trainable).

    The copy keeps BatchNorm's statistics of the real network untouched. A few images warm up; where they are quick, a
    whole batch is timed, since what a pass costs beside its images (threads that meet after every layer) is paid once.

    Args:
        trainable: names of the parameters that learn; None = those that learn at some time of the run.
    """
    network = copy.deepcopy(module.network).to(device)
    if trainable is not None:
        apply_stage(network, trainable)

    def once(images: torch.Tensor, train: bool) -> float:
        began = time.perf_counter()
        with torch.set_grad_enabled(train):
            logits = network(images)
        if logits.requires_grad:
            logits.sum().backward()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return time.perf_counter() - began

    def clock(train: bool) -> float:
        set_modes(network, train, keeping(network.backbone, module.strategy.norm_stats))
        for count in (FEW, FEW, batch_size):
            images = torch.rand(count, preprocessing.channels, preprocessing.size, preprocessing.size, device=device)
            seconds = once(images.contiguous(memory_format=module.memory_format), train)
            if seconds > PATIENCE:
                break
        return seconds / count

    return clock(False), clock(True)
