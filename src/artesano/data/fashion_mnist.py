"""Fashion-MNIST: 60,000 + 10,000 grey images of ten kinds of clothing (Xiao et al. 2017)."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from artesano.data.dataset import ImageData
from artesano.data.io.given_folder import folder_path
from artesano.data.splits import Arrays, Split
from artesano.errors import BadInput
from artesano.file_names import expanded
from artesano.own_folders import cache_folder

DEBIAN = Path("/usr/share/datasets/fashion-mnist")
CLASSES = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
PREFIXES = {"train": "train", "test": "t10k"}


@dataclass(kw_only=True)
class FashionMnist(ImageData):
    """Read from a local copy; `download=true` downloads the data when they are missing.

    Args:
        root: folder with the four idx files (gzipped or not), or torchvision's folder of them; None looks into
            Debian's dataset-fashion-mnist, then into the cache.
        download: let torchvision download them when they are not there.
    """

    root: str | None = None
    download: bool = False

    def read_splits(self) -> tuple[list[str], dict[str, Split]]:
        folder = self._folder()
        splits = {}
        for part, prefix in PREFIXES.items():
            labels = read_idx(folder, f"{prefix}-labels-idx1-ubyte").astype(np.int64)
            pixels = read_idx(folder, f"{prefix}-images-idx3-ubyte")
            names = [f"fashion_mnist/{part}/{row}" for row in range(len(labels))]
            splits[part] = Split(labels, names, Arrays(pixels))
        return CLASSES, splits

    def _folder(self) -> Path:
        cache = cache_folder("data")
        root = folder_path(self.root) if self.root and not self.download else expanded(self.root or cache)
        places = [root] if self.root else [DEBIAN, cache]
        if path := _find(places):
            return path
        if not self.download:
            looked = " and ".join(f"'{place}'" for place in places)
            raise BadInput(
                f"data=fashion_mnist: its files are not in {looked}. "
                "Get them with data.download=true or `apt install dataset-fashion-mnist`, "
                "or give the folder of your copy: data.root=<folder>"
            )
        from torchvision.datasets import FashionMNIST

        try:
            FashionMNIST(str(root), download=True)
        except (OSError, RuntimeError) as error:
            raise BadInput(f"data=fashion_mnist: the download into '{root}' failed: {error}") from error
        return root / "FashionMNIST" / "raw"


def _find(places: list[Path]) -> Path | None:
    for place in places:
        for folder in (place, place / "raw", place / "FashionMNIST" / "raw"):
            if all(list(folder.glob(f"{prefix}-images-idx3-ubyte*")) for prefix in PREFIXES.values()):
                return folder
    return None


def read_idx(folder: Path, name: str) -> np.ndarray:
    """An idx file of bytes: two zero bytes, type 8, number of dimensions, big-endian sizes, data.

    Raises:
        BadInput: the file is missing, damaged or of another type.
    """
    try:
        plain, packed = folder / name, folder / f"{name}.gz"
        content = plain.read_bytes() if plain.exists() else gzip.decompress(packed.read_bytes())
        if content[:3] != b"\x00\x00\x08":
            raise ValueError("not an idx file of bytes")
        sizes = np.frombuffer(content, ">u4", count=content[3], offset=4).astype(int)
        return np.frombuffer(content, np.uint8, offset=4 + 4 * content[3]).reshape(sizes)
    except (OSError, EOFError, ValueError, IndexError) as error:
        raise BadInput(f"data=fashion_mnist: cannot read '{folder / name}[.gz]': {error}") from error
