"""CelebA: 202,599 aligned faces, 178x218 (Liu et al. 2015), read by torchvision; images without classes."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from artesano.data.dataset import UNLABELLED, ImageData
from artesano.data.splits import Files, Split
from artesano.errors import BadInput
from artesano.file_names import expanded
from artesano.own_folders import cache_folder

PARTS = {"train": "train", "val": "valid", "test": "test"}


@dataclass(kw_only=True)
class CelebA(ImageData):
    """Read from a local copy; `download=true` downloads the data when they are missing.

    Args:
        root: folder that holds torchvision's `celeba` folder; None = the cache.
        download: let torchvision download it (1.4 GB, needs the package gdown) when it is not there.
    """

    root: str | None = None
    download: bool = False

    def base(self) -> Path:
        return expanded(self.root or cache_folder("data")) / "celeba" / "img_align_celeba"

    def read_splits(self) -> tuple[list[str], dict[str, Split]]:
        from torchvision.datasets import CelebA as Faces

        root = self.base().parents[1]
        splits = {}
        for part, theirs in PARTS.items():
            try:
                files = Faces(str(root), split=theirs, download=self.download).filename
            except (OSError, RuntimeError, ImportError) as error:
                raise BadInput(
                    f"data=celeba: no usable 'celeba' in '{root}' ({' '.join(str(error).split())}). Get it with "
                    "data.download=true, give the folder of torchvision's copy: data.root=<folder>, or any folder of "
                    "images: data=folder data.root=<folder>"
                ) from error
            paths = [str(self.base() / name) for name in files]
            splits[part] = Split(np.zeros(len(paths), dtype=np.int64), paths, Files(paths))
        return [UNLABELLED], splits
