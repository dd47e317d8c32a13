"""Batches that processes make ahead of their use."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset

# A run that was itself started by a server of processes would start such a server for its workers, and that one imports
# everything again; a fork has it all, and the images of its parent.
START = "fork" if sys.platform == "linux" else None


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
        multiprocessing_context=START if workers else None,
        pin_memory=torch.cuda.is_available(),
        generator=torch.Generator(),  # else it draws the workers' seed from the global state
    )
