"""What the timings of all kinds of runs share."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence

import torch

from artesano.data.io.images import UnreadableImage
from artesano.data.preprocessing import Preprocessing
from artesano.data.splits import Split

CURVES = 5.0  # seconds for the plots at the end of a run
SAMPLED = 0.3  # seconds for a picture while training


def clocked(work: Callable[[], object], device: torch.device) -> float:
    """Seconds of the second of two calls; the first warms up."""
    seconds = 0.0
    for _ in range(2):
        began = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        seconds = time.perf_counter() - began
    return seconds


def seconds_to_decode(split: Split, preprocessing: Preprocessing, few: int = 8) -> float:
    """Seconds for one image of a split where all cores decode."""
    began = time.perf_counter()
    rows = range(0, len(split), max(1, len(split) // few))
    for row in rows:
        try:
            preprocessing(split.read(row))
        except UnreadableImage:
            continue
    return (time.perf_counter() - began) / max(1, len(rows)) / cores()


def cores() -> int:
    """Of this machine."""
    return os.cpu_count() or 1


def left_by_pace(paces: Sequence[tuple[int, float]], step: int, end: int) -> list[tuple[int, float]]:
    """Of each stage the steps from `step` on, and how long one of them takes.

    Args:
        paces: the step at which each stage begins, and how long a step of it takes, in any unit.
        end: of the last stage.
    """
    ends = [*(begin for begin, _ in paces[1:]), end]
    return [(max(0, until - max(begin, step)), one) for (begin, one), until in zip(paces, ends, strict=True)]


def pace(computed: float, decoded: float, device: torch.device) -> float:
    """Seconds of a step that computes so long, while other threads decode the next batch.

    An accelerator computes while the cores decode; without one both share the cores.
    """
    return computed + decoded if device.type == "cpu" else max(computed, decoded)
