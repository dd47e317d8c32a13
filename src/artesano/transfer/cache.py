"""Features of a frozen backbone, computed once and kept on disk: then an epoch of the head costs milliseconds."""

from __future__ import annotations

import functools
import hashlib
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import timm
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from artesano.data.batches import Batches, Features
from artesano.own_folders import cache_folder
from artesano.progress_bars import progress

if TYPE_CHECKING:
    from artesano.data.loaders import Loaders

logger = logging.getLogger("artesano.transfer")
ROWS = 1024  # features per batch of an evaluation: enough to keep a matrix product busy


class FeatureLoaders:
    """The interface of `Loaders`, but the batches are `Features`: batch k holds the same samples.

    Args:
        images: the batches of images, unaugmented.
        backbone: images [N, C, H, W] -> [N, D].
        name: backbone and its arguments, part of the key on disk.
        weights: fingerprint of the weights; `random` = different in each run, so nothing is written.
        memory_format: of the images on their way through the backbone.
        device: where the backbone runs; None = the accelerator if there is one.
    """

    def __init__(
        self,
        images: Loaders,
        backbone: nn.Module,
        *,
        name: str,
        weights: str,
        memory_format: torch.memory_format = torch.contiguous_format,
        device: torch.device | None = None,
    ):
        self.images = images
        self.backbone = backbone
        self.name = name
        self.weights = weights
        self.memory_format = memory_format
        self.device = device or torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
        self.features = functools.cache(self._features)

    @property
    def steps_per_epoch(self) -> int:
        return self.images.steps_per_epoch

    @property
    def images_per_epoch(self) -> int:
        return self.images.images_per_epoch

    @property
    def class_counts(self) -> np.ndarray:
        return self.images.class_counts

    def train(self, start_step: Callable[[], int], max_steps: int, rank: int = 0, world: int = 1) -> Batches[Features]:
        """Batches start_step() .. max_steps - 1, in the order of `Loaders.train`."""
        features, order = self.features("train"), self.images.order

        def begin() -> Iterator[Features]:
            return (_rows(features, order.batch(k, rank, world)) for k in range(start_step(), max_steps))

        return Batches(begin, max_steps)

    def evaluate(self, split: str, rank: int = 0, world: int = 1) -> Batches[Features]:
        """The split in order, a contiguous share for each rank."""
        features = self.features(split)
        readable = np.flatnonzero(features.index.numpy() == np.arange(len(features.index)))
        rows = np.array_split(readable, world)[rank]
        starts = range(0, len(rows), ROWS)

        def begin() -> Iterator[Features]:
            return (_rows(features, rows[start : start + ROWS]) for start in starts)

        return Batches(begin, len(starts))

    def prepare(self, batch: Features, step: int | None) -> Features:
        """Returns the batch unchanged."""
        return batch

    def missing_images(self) -> int:
        """How many images still have to go through the backbone."""
        splits = self.images.listing.splits
        return sum(len(splits[split]) for split in splits if not self._path(split).is_file())

    def _features(self, split: str) -> Features:
        # Decoding drops unreadable files from the split, so it must be done before the key is made.
        batches = self.images.evaluate(split)
        path, labels = self._path(split), self.images.listing.splits[split].labels
        cached = read_features(path, len(labels))
        if cached is None:
            cached = self._extract(split, batches)
            if self.weights != "random":
                write_features(path, *cached)
        features, index = cached
        return Features(features, torch.from_numpy(labels)[index], index)

    @torch.no_grad()
    def _extract(self, split: str, batches: Batches) -> tuple[Tensor, Tensor]:
        """One pass over a split in eval mode; mode and device of the backbone are restored.

        Returns:
            features float32 [N, D] and index int64 [N]: the row of the split that each one shows, its own unless
            that image could not be read (then the next readable one stands in for it).
        """
        backbone, device = self.backbone, self.device
        home, modes = next(backbone.parameters()).device, {module: module.training for module in backbone.modules()}
        backbone.to(device).eval()
        rows, features = [], []
        for batch in progress(batches, len(batches), f"features of {split}"):
            moved = batch._replace(images=batch.images.to(device, non_blocking=True))
            images = self.images.prepare(moved, None).images.to(next(backbone.parameters()).dtype)
            features.append(backbone(images.contiguous(memory_format=self.memory_format)).float().cpu())
            rows.append(batch.index)
        backbone.to(home)
        for module, training in modes.items():
            module.training = training
        seen, first = np.unique(torch.cat(rows).numpy(), return_index=True)
        stand_in = np.searchsorted(seen, np.arange(len(self.images.listing.splits[split]))).clip(max=len(seen) - 1)
        return torch.cat(features)[first[stand_in]], torch.from_numpy(seen[stand_in])

    def _path(self, split: str) -> Path:
        part = self.images.listing.splits[split]
        facts = (
            self.name,
            self.weights,
            timm.__version__,
            sorted(self.images.preprocessing.to_dict().items()),
            self.images.listing.fingerprint,
            split,
            part.names,  # fraction and shots choose some
        )
        key = hashlib.blake2b(repr(facts).encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
        return cache_folder("features") / f"{key}.safetensors"


def write_features(path: Path, features: Tensor, index: Tensor) -> None:
    """Write the whole file or nothing; on a full disk the run goes on without a cache."""
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        tensors = {"features": features.contiguous(), "index": index.contiguous()}
        save_file(tensors, partial, metadata={"digest": _digest(tensors)})
        os.replace(partial, path)
    except (OSError, SafetensorError) as error:
        partial.unlink(missing_ok=True)
        logger.warning("features are not cached: %s cannot be written: %s", path, error)


def read_features(path: Path, count: int) -> tuple[Tensor, Tensor] | None:
    """What `write_features` wrote; None if there is no such file or it is damaged."""
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in ("features", "index")}
            intact = (file.metadata() or {}).get("digest") == _digest(tensors)
    except (SafetensorError, OSError):
        intact = False
    if intact and len(tensors["index"]) == count:
        return tensors["features"], tensors["index"]
    logger.warning("the cached features %s are damaged: computing them again", path)
    return None


def _digest(tensors: dict[str, Tensor]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for name in ("features", "index"):
        digest.update(tensors[name].numpy().tobytes())
    return digest.hexdigest()


def _rows(features: Features, rows: np.ndarray) -> Features:
    chosen = torch.from_numpy(rows)
    return Features(*(tensor.index_select(0, chosen) for tensor in features))
