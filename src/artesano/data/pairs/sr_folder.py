"""Your own clean images for restoration: a folder of them, or two with the small ones as well."""

from dataclasses import dataclass

from artesano.data.io.given_folder import folder_path
from artesano.data.io.walk import walk
from artesano.data.pairs.file_data import FilePairData, Found
from artesano.data.pairs.files import Example, Side
from artesano.data.pairs.folders import Folders, match, matched_parts, nothing, parts_of, stratum, two_sides
from artesano.data.parts import Part
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
        parts: the folders of train, val and test, where their names do not tell; {} = there are none.
    """

    root: str
    lr_root: str | None = None
    parts: dict[Part, str] | None = None

    def roots(self) -> list[str]:
        return [self.root] if self.lr_root is None else [self.root, self.lr_root]

    def find(self) -> Found:
        root = folder_path(self.root)
        folders: Folders | None
        if self.lr_root is not None:
            folders = matched_parts(folder_path(self.lr_root, "data.lr_root"), root, self.parts)
        else:
            folders = two_sides(root, SMALL, LARGE, self.parts)
        if folders is not None:
            return matched(folders, scaled=True)
        parts = {}
        for part, folder in parts_of(root, self.parts).items():
            paths = walk(folder).images
            if not paths:
                raise BadInput(nothing(folder))
            parts[part] = [Example(None, Side(path), stratum(path, folder)) for path in paths]
        return Found(parts)


def matched(folders: Folders, *, scaled: bool = False) -> Found:
    """The examples of two folders a part, by the stems of their files.

    Args:
        scaled: stems of the first folder may end in the scale.
    """
    layout = Found({})
    for part, (first, second) in folders.items():
        layout.parts[part], problems = match(first, second, scaled=scaled)
        layout.problems += problems
    return layout
