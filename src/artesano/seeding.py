"""Random numbers as a pure function of (seed, step, rank) or (seed, epoch, sample).

No random state is stored, so a resumed run draws the same numbers as an uninterrupted one.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


def derive(*keys: int | str) -> int:
    """A 63-bit seed that depends on every key: `derive(seed, "order", epoch)`."""
    digest = hashlib.blake2b(repr(keys).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def generator(*keys: int | str) -> torch.Generator:
    """A CPU generator seeded by `derive(*keys)`."""
    return torch.Generator().manual_seed(derive(*keys))


def seed_everything(*keys: int | str) -> None:
    """Seed torch (all devices), NumPy and `random`; 0.02 ms on a CPU, so it can open every step.

    `torch.manual_seed` does the same for torch, behind a wrapper that costs more than the rest of a step on features.
    """
    value = derive(*keys)
    torch.default_generator.manual_seed(value)
    if torch.cuda.is_available():
        torch.cuda.manual_seed_all(value)
    if torch.backends.mps.is_available():
        torch.mps.manual_seed(value)
    np.random.seed(value % 2**32)  # noqa: NPY002 - timm's transforms draw from the global state
    random.seed(value)


@contextmanager
def random_state_kept() -> Iterator[None]:
    """Whatever is drawn or seeded inside, the generators of torch, NumPy and `random` are then as before."""
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        with torch.random.fork_rng(range(torch.cuda.device_count())):
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002


def uniforms(seed: int, epoch: int, samples: np.ndarray, count: int) -> np.ndarray:
    """Uniform numbers that belong to the samples, not to their place in a batch.

    Counter-based (SplitMix64; Steele, Lea and Flood 2014), so no generator object per image is needed.

    Args:
        samples: int64 [N], the rows of the split.
        count: numbers wanted for each sample.

    Returns:
        float64 [N, count] in [0, 1).
    """
    with np.errstate(over="ignore"):
        start = np.uint64(derive(seed, "sample", epoch))
        golden = np.uint64(0x9E3779B97F4A7C15)
        position = samples.astype(np.uint64)[:, None] * np.uint64(count) + np.arange(count, dtype=np.uint64)
        z: Any = start + (position + np.uint64(1)) * golden
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) / float(1 << 53)
