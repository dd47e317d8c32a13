"""A split decoded once and kept as uint8: a batch is then one index_select."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from torch import Tensor

from artesano.data.batches import LabelledImages
from artesano.data.io.images import REMARK, UnreadableImage
from artesano.data.prefetch import in_threads
from artesano.data.preprocessing import Preprocessing
from artesano.data.splits import Split
from artesano.file_names import Failure
from artesano.progress_bars import progress

Plan = Iterable[tuple[int | None, np.ndarray]]  # (step, rows); step None = evaluation


class Memory:
    """Images and labels of one split as tensors."""

    def __init__(self, images: Tensor, labels: np.ndarray):
        self.images = images
        self.labels = torch.from_numpy(labels)

    def batches(self, plan: Plan) -> Iterator[LabelledImages]:
        """The planned batches, uint8, in order."""
        for _, rows in plan:
            index = torch.from_numpy(rows)
            yield LabelledImages(self.at(index), self.labels[index], index)

    def at(self, index: Tensor) -> Tensor:
        """uint8 [N, C, H, W], channels last in memory, as kept."""
        return self.images.index_select(0, index).permute(0, 3, 1, 2)


class StackedMemory(Memory):
    """Grey images held once, and which of them are the channels of each image.

    Args:
        images: uint8 [D, H, W, 1].
        rows: int [N, channels].
    """

    def __init__(self, images: Tensor, rows: np.ndarray, labels: np.ndarray):
        super().__init__(images, labels)
        self.rows = torch.from_numpy(rows)

    def at(self, index: Tensor) -> Tensor:
        rows = self.rows.index_select(0, index)
        planes = self.images.squeeze(3).index_select(0, rows.flatten())
        channels_last = planes.view(*rows.shape, *planes.shape[1:]).permute(0, 2, 3, 1).contiguous()
        return channels_last.permute(0, 3, 1, 2)


def decode(split: Split, preprocessing: Preprocessing, part: str) -> tuple[Tensor, dict[int, Failure], dict[str, str]]:
    """Decode a split with all cores.

    Returns:
        uint8 [N, H, W, C] (rows of unreadable images hold nothing of use), row -> reason for those, and path -> what
        is odd about an image that is used all the same.
    """
    size, channels = preprocessing.size, preprocessing.channels
    # Channels last: random crops are resized by a vectorised kernel that takes only this layout (about 3x).
    images = torch.empty((len(split), size, size, channels), dtype=torch.uint8)
    pixels = images.numpy()
    unreadable: dict[int, Failure] = {}
    remarks: dict[str, str] = {}

    def fill(row: int) -> None:
        try:
            image = split.read(row)
            pixels[row] = preprocessing(image).transpose(1, 2, 0)
        except UnreadableImage as error:
            unreadable[row] = error.failure
            return
        if REMARK in image.info:
            remarks[split.names[row]] = image.info[REMARK]

    for _ in progress(in_threads(fill, range(len(split))), len(split), f"decoding {part}"):
        pass
    return images, dict(sorted(unreadable.items())), dict(sorted(remarks.items()))
