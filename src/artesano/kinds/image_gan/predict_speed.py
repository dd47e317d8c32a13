"""How fast a generator makes whole images, and with how much memory."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from artesano.kinds.image_gan.tiles import Tiling
from artesano.kinds.image_gan.whole_images import WholeImages


@dataclass(frozen=True)
class PredictSpeed:
    """Of one image.

    Attributes:
        source_megapixels, made_megapixels: a second.
        before: bytes that the process held before, with the network and its libraries; those of the GPU where it
            computes there. A process that has freed and kept memory before counts that too: measure in a new one.
        peak: the most at once.
        tile: largest side in px of the source.
        tiles: how many.
    """

    source_megapixels: float
    made_megapixels: float
    before: int
    peak: int
    tile: int
    tiles: int


def predict_speed(whole: WholeImages, side: int = 2000) -> PredictSpeed:
    """Ask about an 8-bit image of noise, side x side px, after a small one that warms up."""
    gan = whole.gan
    label = 0 if gan.conditional else None
    random = np.random.default_rng(0)
    whole(random.integers(0, 256, (64, 64, gan.in_channels), dtype=np.uint8), label)
    tile = whole.side(side, side, np.dtype(np.uint8))
    before = _used_now(gan.device)
    source = random.integers(0, 256, (side, side, gan.in_channels), dtype=np.uint8)
    began = time.perf_counter()
    whole(source, label)
    seconds = time.perf_counter() - began
    tile = tile if whole.limit is None else min(tile, whole.limit)
    tiles = Tiling.of(tile, gan.multiple, gan.halo).count(side, side)
    megapixels = side**2 / 1e6 / seconds
    return PredictSpeed(megapixels, megapixels * gan.scale**2, before, _most_used(gan.device), tile, tiles)


def _used_now(device: torch.device) -> int:
    """Bytes in use; from here on the most is remembered anew."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        return torch.cuda.memory_allocated(device)
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        return _status("VmRSS")
    except OSError:  # where it cannot be reset, the most since the process began is all there is
        return _most_used(device)


def _most_used(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    try:
        return _status("VmHWM")
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _status(field: str) -> int:
    """A line of Linux's account of this process, in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))
