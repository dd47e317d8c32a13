"""How long will it take? A few images through a copy of the network, on the device of the run."""

from __future__ import annotations

import copy
import time
from typing import Any

import torch

from artesano.data.preprocessing import Preprocessing

IMAGES = 8


def seconds_per_image(module: Any, preprocessing: Preprocessing, device: torch.device) -> tuple[float, float]:
    """Seconds for one image: evaluated, and trained on (forward, backward of what is trainable).

    The copy keeps BatchNorm's statistics of the real network untouched. The first pass warms up.
    """
    network = copy.deepcopy(module.network).to(device)
    images = torch.rand(IMAGES, preprocessing.channels, preprocessing.size, preprocessing.size, device=device)
    images = images.contiguous(memory_format=module.memory_format)

    def clock(train: bool) -> float:
        network.train(train)
        for _ in range(2):
            began = time.perf_counter()
            with torch.set_grad_enabled(train):
                logits = network(images)
            if logits.requires_grad:
                logits.sum().backward()
            if device.type == "cuda":
                torch.cuda.synchronize(device)
        return (time.perf_counter() - began) / IMAGES

    return clock(False), clock(True)
