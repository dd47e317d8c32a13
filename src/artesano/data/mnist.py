"""MNIST: 60,000 + 10,000 handwritten digits of 28x28 (LeCun et al. 1998), read by torchvision."""

from dataclasses import dataclass

import numpy as np

from artesano.data.dataset import ImageData
from artesano.data.splits import Arrays, Split
from artesano.errors import BadInput
from artesano.file_names import expanded
from artesano.own_folders import cache_folder


@dataclass(kw_only=True)
class Mnist(ImageData):
    """Read from a local copy; `download=true` downloads the data when they are missing.

    Args:
        root: folder that holds `MNIST/raw`; None = the cache.
        download: let torchvision download it when it is not there.
    """

    root: str | None = None
    download: bool = False
    flip: bool = False

    def read_splits(self) -> tuple[list[str], dict[str, Split]]:
        from torchvision.datasets import MNIST

        root = expanded(self.root or cache_folder("data"))
        splits = {}
        for part in ("train", "test"):
            try:
                data = MNIST(str(root), train=part == "train", download=self.download)
            except (OSError, RuntimeError) as error:
                raise BadInput(
                    f"MNIST: no usable 'MNIST/raw' in '{root}' ({error}). Get it with data.download=true, or give the "
                    "folder of your copy: data.root=<folder>"
                ) from error
            names = [f"mnist/{part}/{row}" for row in range(len(data))]
            splits[part] = Split(data.targets.numpy().astype(np.int64), names, Arrays(data.data.numpy()))
        return [str(digit) for digit in range(10)], splits
