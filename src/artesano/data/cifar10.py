"""CIFAR-10: 50,000 + 10,000 colour images of 32x32 (Krizhevsky 2009), read by torchvision."""

from dataclasses import dataclass

import numpy as np

from artesano.data.dataset import ImageData
from artesano.data.splits import Arrays, Split
from artesano.errors import BadInput
from artesano.file_names import expanded
from artesano.own_folders import cache_folder


@dataclass(kw_only=True)
class Cifar10(ImageData):
    """Read from a local copy; `download=true` downloads the data when they are missing.

    Args:
        root: folder that holds `cifar-10-batches-py`; None = the cache.
        download: let torchvision download it when it is not there.
    """

    root: str | None = None
    download: bool = False

    def read_splits(self) -> tuple[list[str], dict[str, Split]]:
        from torchvision.datasets import CIFAR10

        root = expanded(self.root or cache_folder("data"))
        splits = {}
        for part in ("train", "test"):
            try:
                data = CIFAR10(str(root), train=part == "train", download=self.download)
            except (OSError, RuntimeError) as error:
                raise BadInput(
                    f"data=cifar10: no usable 'cifar-10-batches-py' in '{root}' ({error}). Get it with "
                    "data.download=true, or give the folder of your copy: data.root=<folder>"
                ) from error
            names = [f"cifar10/{part}/{row}" for row in range(len(data.targets))]
            splits[part] = Split(np.array(data.targets, dtype=np.int64), names, Arrays(data.data))
        return list(data.classes), splits
