"""Image files -> batches, decoded by threads one batch ahead of the network; unreadable ones are told, not raised."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from torch import Tensor

from artesano.data.io.images import UnreadableImage, load_image
from artesano.data.prefetch import in_threads
from artesano.data.preprocessing import Preprocessing


@dataclass(frozen=True)
class FileBatch:
    """Some of the files, in their order.

    Attributes:
        paths: all files of the batch.
        errors: [len(paths)], why a file could not be read, or None.
        images: uint8 [M, C, H, W], those M files that could.
    """

    paths: list[str]
    errors: list[str | None]
    images: Tensor


def stream(paths: Sequence[str], preprocessing: Preprocessing, batch_size: int = 32) -> Iterator[FileBatch]:
    """Batches of at most `batch_size` files; memory does not grow with their number."""

    def read(path: str) -> np.ndarray | str:
        try:
            return preprocessing(load_image(path, preprocessing.channels))
        except UnreadableImage as error:
            return str(error).removeprefix(f"{path}: ")

    decoded = in_threads(read, paths, ahead=2 * batch_size)
    for start in range(0, len(paths), batch_size):
        names = list(paths[start : start + batch_size])
        yield _gathered(names, list(islice(decoded, len(names))), preprocessing)


def _gathered(names: list[str], found: list[np.ndarray | str], preprocessing: Preprocessing) -> FileBatch:
    errors = [one if isinstance(one, str) else None for one in found]
    pixels = [one for one in found if not isinstance(one, str)]
    empty = np.empty((0, preprocessing.channels, preprocessing.size, preprocessing.size), dtype=np.uint8)
    return FileBatch(names, errors, torch.from_numpy(np.stack(pixels) if pixels else empty))
