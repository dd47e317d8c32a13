"""Your own images: a folder with one subfolder per class, or with train, val and test subfolders of those."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from artesano.data.dataset import UNLABELLED, ImageData, folder_path
from artesano.data.io.images import SUFFIXES, image_files
from artesano.data.splits import Files, Split
from artesano.errors import BadInput
from artesano.own_folders import is_ours

PART_NAMES = {"train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}


@dataclass(kw_only=True)
class Folder(ImageData):
    """Images at any depth below their class folder; hidden files are left out.

    A folder of images without class folders has no labels: enough for a GAN without conditioning.

    Args:
        root: the folder; `~` and relative paths are fine.
    """

    root: str

    def base(self) -> Path:
        return Path(self.root).expanduser().absolute()

    def read_splits(self) -> tuple[list[str], dict[str, Split]]:
        root = folder_path(self.root)
        folders = self._part_folders(root)
        found = {part: _class_files(folder) for part, folder in folders.items()}
        for part, folder in folders.items():
            if not any(found[part].values()):
                raise BadInput(_nothing(folder))
        classes = sorted({name for files in found.values() for name in files})
        splits = {}
        for part, files in found.items():
            paths = [path for name in classes for path in files.get(name, [])]
            labels = np.repeat(np.arange(len(classes)), [len(files.get(name, [])) for name in classes])
            splits[part] = Split(labels.astype(np.int64), paths, Files(paths))
        return classes, splits

    def _part_folders(self, root: Path) -> dict[str, Path]:
        named = {PART_NAMES[entry.name.lower()]: entry for entry in _folders(root) if entry.name.lower() in PART_NAMES}
        return named if "train" in named else {"train": root}


def _folders(root: Path) -> list[Path]:
    visible = (entry for entry in root.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    return sorted(entry for entry in visible if not is_ours(entry))


def _class_files(root: Path) -> dict[str, list[str]]:
    found = {folder.name: image_files(folder) for folder in _folders(root)}
    return found if any(found.values()) else {UNLABELLED: image_files(root)}


def _nothing(root: Path) -> str:
    accepted = " ".join(sorted(suffix[1:] for suffix in SUFFIXES))
    return f"data.root: '{root}' holds no image in a class subfolder (accepted: {accepted})"
