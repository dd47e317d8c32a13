"""Features of a frozen backbone, computed once: an epoch then costs milliseconds."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.progress import track
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from artesano.data.batches import Features
from artesano.data.dataset import cache_folder
from artesano.data.loaders import Batches, Loaders


class FeatureLoaders:
    """The same batches as `loaders`, as features. Batch k holds the same samples in the same order.

    Args:
        loaders: the images, without augmentation.
        backbone: images -> features [N, D]; put into eval mode.
        name, weights: what the backbone is and the fingerprint of its tensors, for the cache's key.
        device, memory_format: where and how the one pass is made.
    """

    def __init__(
        self,
        loaders: Loaders,
        backbone: nn.Module,
        *,
        name: str,
        weights: str,
        device: torch.device | str = "cpu",
        memory_format: torch.memory_format = torch.contiguous_format,
    ):
        self.images, self.backbone = loaders, backbone
        self.name, self.weights = name, weights
        self.device, self.memory_format = torch.device(device), memory_format
        self.features = functools.cache(self._features)

    @property
    def classes(self) -> list[str]:
        return self.images.classes

    @property
    def steps_per_epoch(self) -> int:
        return self.images.steps_per_epoch

    @property
    def class_counts(self) -> Any:
        return self.images.class_counts

    def train(self, start_step: Callable[[], int], max_steps: int, rank: int = 0, world: int = 1) -> Batches:
        """As `Loaders.train`."""
        order = self.images.order

        def begin():
            return (self.rows("train", order.batch(k, rank, world)) for k in range(start_step(), max_steps))

        return Batches(begin, max_steps)  # type: ignore[arg-type]

    def evaluate(self, split: str, rank: int = 0, world: int = 1) -> Batches:
        """As `Loaders.evaluate`."""
        rows = torch.arange(len(self.features(split))).tensor_split(world)[rank]
        batches = rows.split(self.images.data.batch_size)
        return Batches(lambda: (self.rows(split, index) for index in batches), len(batches))  # type: ignore[arg-type]

    def prepare(self, batch: Features, step: int | None) -> Features:
        """Nothing is left to do."""
        return batch

    def rows(self, split: str, rows: Any) -> Features:
        """These rows of a split."""
        index = torch.as_tensor(rows)
        labels = torch.from_numpy(self.images.listing.splits[split].labels)
        return Features(self.features(split)[index], labels[index], index)

    def missing_images(self) -> int:
        """Images whose features are not on disk yet."""
        splits = self.images.listing.splits
        return sum(len(part) for split, part in splits.items() if not self.path(split).exists())

    def path(self, split: str) -> Path:
        """The cache file; its name depends on all that the features depend on."""
        listing = self.images.listing
        what = [self.name, self.weights, self.images.preprocessing.to_dict(), listing.fingerprint, split]
        key = hashlib.blake2b(json.dumps([*what, listing.skipped]).encode(), digest_size=16).hexdigest()
        return cache_folder("features") / f"{key}.safetensors"

    def _features(self, split: str) -> Tensor:
        """float32 [N, D]; from the cache, or computed and kept there. A damaged file is computed again."""
        loader = self.images.evaluate(split)  # decoding decides which files count as unreadable
        path = self.path(split)
        count = len(self.images.listing.splits[split])
        try:
            features = load_file(path)["features"]
            if len(features) == count:
                return features
        except (OSError, SafetensorError, KeyError):
            pass
        features = self.compute(loader, split)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        save_file({"features": features}, draft)
        os.replace(draft, path)
        return features

    @torch.inference_mode()
    def compute(self, loader: Batches, split: str) -> Tensor:
        """One pass in eval mode."""
        backbone = self.backbone.to(self.device).eval()
        console = Console(stderr=True)
        found = []
        for batch in track(loader, f"features of {split}", console=console, disable=not console.is_terminal, transient=True):
            images = self.images.prepare(batch._replace(images=batch.images.to(self.device)), None).images
            found.append(backbone(images.contiguous(memory_format=self.memory_format)).float().cpu())
        return torch.cat(found)
