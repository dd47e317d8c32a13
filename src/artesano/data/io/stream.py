"""Image files or PIL images -> batches, decoded by threads one batch ahead of the network.

A file that cannot be read does not stop the others: its error is in the batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from artesano.data.io.images import REMARK, UnreadableImage, open_image, to_mode
from artesano.data.prefetch import in_threads
from artesano.data.preprocessing import Preprocessing

Decoded = tuple[np.ndarray, str]  # pixels and remark


@dataclass(frozen=True)
class FileBatch:
    """Some of the images, in their order.

    Attributes:
        sources: paths and PIL images.
        errors: [len(sources)], why a file could not be read, or None.
        remarks: [len(sources)], what is odd about an image that is used all the same, or nothing.
        images: uint8 [M, C, H, W], those M that could.
    """

    sources: list[str | Image.Image]
    errors: list[str | None]
    remarks: list[str]
    images: Tensor


def stream(
    sources: Sequence[str | Image.Image], preprocessing: Preprocessing, batch_size: int = 32
) -> Iterator[FileBatch]:
    """Batches of at most `batch_size` images; memory does not grow with the number of files."""

    def read(source: str | Image.Image) -> Decoded | str:
        try:
            image = open_image(source)
            return preprocessing(to_mode(image, preprocessing.channels)), image.info.get(REMARK, "")
        except UnreadableImage as error:
            return error.failure.reason

    decoded = in_threads(read, sources, ahead=2 * batch_size)
    for start in range(0, len(sources), batch_size):
        some = list(sources[start : start + batch_size])
        yield _gathered(some, list(islice(decoded, len(some))), preprocessing)


def _gathered(
    sources: list[str | Image.Image], decoded: list[Decoded | str], preprocessing: Preprocessing
) -> FileBatch:
    errors = [one if isinstance(one, str) else None for one in decoded]
    remarks = ["" if isinstance(one, str) else one[1] for one in decoded]
    pixels = [one[0] for one in decoded if not isinstance(one, str)]
    empty = np.empty((0, preprocessing.channels, preprocessing.size, preprocessing.size), dtype=np.uint8)
    return FileBatch(sources, errors, remarks, torch.from_numpy(np.stack(pixels) if pixels else empty))
