"""The pixels of files, decoded each time that they are wanted, or kept."""

from __future__ import annotations

import numpy as np

from artesano.data.io.images import UnreadableImage
from artesano.data.io.pixels import read_pixels
from artesano.file_names import Failure


class DecodedFiles:
    """Decodes files, each time anew or once.

    Attributes:
        keep: from now on each image stays in memory in its own depth, and so does the reason of one that is unreadable.
    """

    def __init__(self) -> None:
        self.keep = False
        self.kept: dict[tuple[str, int], np.ndarray | Failure] = {}

    def __call__(self, path: str, channels: int) -> np.ndarray:
        """[H, W, C] of a file; see `read_pixels`."""
        image = self.kept.get((path, channels))
        if image is None:
            image = self.decoded(path, channels)
            if self.keep:
                self.kept[path, channels] = image
        if isinstance(image, Failure):
            raise UnreadableImage(image.path, image.reason)
        return image

    def decoded(self, path: str, channels: int) -> np.ndarray | Failure:
        try:
            image = np.ascontiguousarray(read_pixels(path, channels))
        except UnreadableImage as error:
            return error.failure
        image.flags.writeable = False
        return image
