"""Your own clean images for restoration: a folder of them, or two with the small ones as well."""

from dataclasses import dataclass

from artesano.data.dataset import folder_path
from artesano.data.io.images import image_files
from artesano.data.pairs.file_data import FilePairData, Found
from artesano.data.pairs.files import Example, Side
from artesano.data.pairs.folders import Folders, match, matched_parts, nothing, parts_of, stratum, two_sides
from artesano.errors import BadInput

SMALL = ("lr", "lq")
LARGE = ("hr", "hq", "gt")


@dataclass(kw_only=True)
class SrFolder(FilePairData):
    """Images at any depth, or in subfolders train, val and test; cut alike from every folder where parts are missing.

    Small images of your own are found in subfolders HR and LR, or given by `lr_root`, and belong to the large one of
    the same name (0001x4.png to 0001.png). Without them the degradation makes the small ones.

    Args:
        root: the folder of the large images; `~` and relative paths are fine.
        lr_root: the folder of the small ones, with the same parts as `root`.
    """

    root: str
    lr_root: str | None = None

    def find(self) -> Found:
        root = folder_path(self.root)
        folders: Folders | None
        if self.lr_root is not None:
            folders = matched_parts(folder_path(self.lr_root, "data.lr_root"), root)
        else:
            folders = two_sides(root, SMALL, LARGE)
        if folders is not None:
            return matched(folders, scaled=True)
        parts = {}
        for part, folder in parts_of(root).items():
            paths = image_files(folder)
            if not paths:
                raise BadInput(nothing(folder))
            parts[part] = [Example(None, Side(path), stratum(path, folder)) for path in paths]
        return Found(parts)


def matched(folders: Folders, *, scaled: bool = False) -> Found:
    """The examples of two folders a part, by the stems of their files.

    Args:
        scaled: stems of the first folder may end in the scale.
    """
    found = Found({})
    for part, (first, second) in folders.items():
        found.parts[part], problems = match(first, second, scaled=scaled)
        found.problems += problems
    return found
