"""Statistics of the real images for distribution metrics: one pass over the images, cached on disk."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from artesano.evaluation.extractors import Extractor
from artesano.metrics.distribution import RealStatistics
from artesano.own_folders import cache_folder
from artesano.progress_bars import progress
from artesano.seeding import generator

logger = logging.getLogger("artesano.experiment")
KEEP = 10_000  # images whose features are kept, for KID and the neighbours' metrics
ROWS = 512  # images read at once


@dataclass(frozen=True, eq=False)
class RealImages:
    """Which statistics are meant: the facts that they are a function of.

    Attributes:
        extractor: of the features.
        count: number of images.
        fingerprint: of the data's listing.
        split: of the data.
        transform: what decides the pixels: size, channels, crop.
        labels: int64 [count]; None = not known.
        keep: features to keep, a seeded choice in random order.
    """

    extractor: Extractor
    count: int
    fingerprint: str
    split: str
    transform: str
    labels: Tensor | None = None
    keep: int = KEEP

    @property
    def facts(self) -> tuple[object, ...]:
        """What the statistics are a function of."""
        has_labels = self.labels is not None
        return (
            self.fingerprint, self.split, self.transform, self.extractor.key, self.count, self.keep, has_labels
        )  # fmt: skip

    @property
    def path(self) -> Path:
        """Where the statistics are cached."""
        return cached(self.facts)


def cached(facts: tuple[object, ...]) -> Path:
    """The file of what is a function of these facts."""
    key = hashlib.blake2b(repr(facts).encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
    return cache_folder("real_statistics") / f"{key}.safetensors"


def real_statistics(real: RealImages, images: Callable[[int, int], Tensor] | Iterable[Tensor]) -> RealStatistics:
    """Mean, covariance and some features of real images; cached on disk.

    Args:
        images: `images(start, stop)` gives uint8 [stop - start, C, H, W]; or batches of them, in order. Untouched
            where the disk has the answer.
    """
    tensors = read(real.path)
    if tensors is None:
        batches = _batches(images, real.count)
        steps = -(-real.count // ROWS)
        watched = progress(batches, steps, f"features of {real.split}") if callable(images) else batches
        tensors = _computed(real, watched)
        write(real.path, tensors)
    return RealStatistics(real.extractor.name, real.count, **tensors)


def _computed(real: RealImages, batches: Iterator[Tensor]) -> dict[str, Tensor]:
    """Sums in float64 around the first batch's mean, so that nothing cancels and no more than `keep` rows stay."""
    extractor, count = real.extractor, real.count
    chosen = torch.randperm(count, generator=generator("real statistics"))[: real.keep]
    place = torch.full((count,), -1).index_put((chosen,), torch.arange(len(chosen)))
    kept = torch.empty(len(chosen), extractor.dim)
    total, products = torch.zeros(extractor.dim).double(), torch.zeros(extractor.dim, extractor.dim).double()
    origin, seen = torch.zeros(0), 0
    for batch in batches:
        features = extractor(batch).features
        to = place[seen : seen + len(features)]
        kept[to[to >= 0]] = features[to >= 0]
        origin = features.double().mean(0) if seen == 0 else origin
        around = features.double() - origin
        total += around.sum(0)
        products.addmm_(around.T, around)
        seen += len(features)
    if seen != count:
        raise ValueError(f"expected {count} images, got {seen}")
    covariance = (products - torch.outer(total, total) / count) / (count - 1)
    tensors = {"mean": origin + total / count, "covariance": covariance, "features": kept}
    return tensors if real.labels is None else tensors | {"labels": real.labels.long()[chosen]}


def _batches(images: Callable[[int, int], Tensor] | Iterable[Tensor], count: int) -> Iterator[Tensor]:
    """At most `count` images in all."""
    if callable(images):
        yield from (images(start, min(start + ROWS, count)) for start in range(0, count, ROWS))
        return
    left = count
    for batch in images:
        yield batch[:left]
        left -= len(batch)
        if left <= 0:
            return


def write(path: Path, tensors: dict[str, Tensor]) -> None:
    """Write atomically; on a full disk the run goes on without a cache."""
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, partial)
        os.replace(partial, path)
    except (OSError, SafetensorError) as error:
        with contextlib.suppress(OSError):
            partial.unlink()
        logger.warning("statistics of the real images are not cached: %s cannot be written: %s", path, error)


def read(path: Path) -> dict[str, Tensor] | None:
    """What `write` wrote; None if there is no such file or it is damaged."""
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    except (SafetensorError, OSError):
        logger.warning("the cached statistics %s are damaged: computing them again", path)
        return None
