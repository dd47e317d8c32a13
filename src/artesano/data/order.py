"""Which images are in batch k: a function of (seed, k) and nothing else, so that a run may start anywhere."""

from __future__ import annotations

import functools

import numpy as np
import torch

from artesano import seeding
from artesano.data.labels import pools


class Order:
    """The order of training.

    Args:
        labels: of the training part, int64 [N], or uint8 [N, K] of several labels.
        batch_size: images of a batch over all ranks.
        balance: each class fills an equal share of an epoch; small classes repeat, big ones are not seen whole.
        whole: a last batch that is not full is left out.
        parts: equal parts of a batch that are used one after the other; each is shared out among the ranks.
    """

    def __init__(
        self, labels: np.ndarray, batch_size: int, balance: bool, seed: int, whole: bool = False, parts: int = 1
    ):
        self.labels = labels
        self.batch_size = batch_size
        self.balance = balance
        self.seed, self.parts = seed, parts
        full, tail = divmod(len(labels), batch_size)
        # batch norm cannot train on one image, so a tail of one is dropped
        self.steps_per_epoch = max(1, full + (tail >= 2 and not whole))
        self._epoch = functools.lru_cache(maxsize=2)(self._draw)

    def batch(self, k: int, rank: int = 0, world: int = 1) -> np.ndarray:
        """Rows of batch `k` for one rank: the ranks' slices are the batch of a run on one device."""
        epoch, position = divmod(k, self.steps_per_epoch)
        order = self._epoch(epoch)
        rows = order[position * self.batch_size : (position + 1) * self.batch_size]
        if world > 1 and len(rows) < 2 * world:  # two images for every rank, or batch norm fails there
            rows = np.resize(np.concatenate([rows, order]), 2 * world)
        return np.concatenate([np.array_split(part, world)[rank] for part in np.array_split(rows, self.parts)])

    def _draw(self, epoch: int) -> np.ndarray:
        generator = seeding.generator(self.seed, "order", epoch)

        def shuffled(rows: np.ndarray) -> np.ndarray:
            return rows[torch.randperm(len(rows), generator=generator).numpy()]

        count = len(self.labels)
        if not self.balance:
            return shuffled(np.arange(count))
        classes = pools(self.labels).values()
        quota = -(-count // len(classes))
        return shuffled(np.concatenate([np.resize(shuffled(rows), quota) for rows in classes]))[:count]
