"""Batches that processes make ahead of their use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset


def in_processes(batches: Dataset, keys: Iterable[Any], workers: int) -> DataLoader:
    """`batches[key]` of each key, in order.

    Args:
        workers: processes; 0 = none: each batch is made when it is taken.
    """
    return DataLoader(
        batches,
        batch_size=None,
        sampler=keys,  # any iterable of keys is fine
        num_workers=workers,
        pin_memory=torch.cuda.is_available(),
        generator=torch.Generator(),  # else it draws the workers' seed from the global state
    )
