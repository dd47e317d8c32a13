"""Your own pairs: two images side by side in a file, two folders, or a CSV."""

import os
from dataclasses import dataclass, replace
from typing import Literal

from artesano.data.io.given_folder import folder_path
from artesano.data.io.walk import walk
from artesano.data.pairs.file_data import FilePairData, Found
from artesano.data.pairs.files import Example, Side
from artesano.data.pairs.folders import Folders, Parts, matched_parts, nothing, parts_of, stratum, two_sides
from artesano.data.pairs.pair_table import read_table
from artesano.data.pairs.sr_folder import matched
from artesano.data.parts import Part
from artesano.errors import BadInput

Direction = Literal["AtoB", "BtoA"]
FIRST, SECOND = ("a",), ("b",)  # names of the two folders, also as in trainA
OF_TWO = (1.6, 2.5)  # width over height of a picture that may be two images side by side: about 2


@dataclass(kw_only=True)
class PairedFolder(FilePairData):
    """Pairs of images of one size (or of sizes whose ratio is the run's `scale`).

    Args:
        root: a folder with images side by side (A left, B right), or with the folders A and B, trainA and trainB,
            or train/A and train/B. Parts train, val and test are respected, missing ones are cut from train.
        source_root, target_root: two folders of any name as A and B, instead of `root`; files are matched by name.
        file: a CSV with the columns source, target and perhaps label and split, instead of `root`.
        layout: what `root` holds; `auto` = folders where both are there, else side by side.
        direction: `BtoA` swaps source and target.
        parts: the folders of train, val and test, where their names do not tell; {} = there are none.
    """

    root: str | None = None
    source_root: str | None = None
    target_root: str | None = None
    file: str | None = None
    layout: Literal["auto", "side_by_side", "folders", "csv"] = "auto"
    direction: Direction = "AtoB"
    parts: dict[Part, str] | None = None

    def roots(self) -> list[str]:
        return [root for root in (self.root, self.source_root, self.target_root) if root]

    def place(self) -> str:
        return self.root or self.file or f"{self.source_root} and {self.target_root}"

    def notes(self) -> list[str]:
        """A warning where pictures are cut in two that hardly are two images side by side."""
        examples = [example for some in self._examples.values() for example in some]
        halves = dict.fromkeys(side.path for example in examples for side in example.sides if side.half is not None)
        if self.layout != "auto" or not halves:
            return super().notes()
        heads = self._heads[0]
        least, most = OF_TWO
        odd = [path for path in halves if not least <= heads[path].width / heads[path].height <= most]
        if not odd:
            return []
        head = heads[odd[0]]
        return [
            f"WARNING: {len(odd)} of {len(halves)} pictures are not about twice as wide as high, as two images side "
            f"by side are: '{os.path.basename(odd[0])}' is {head.width} x {head.height} px. Each is cut into its left "
            f"half (A) and its right half (B), here {head.width // 2} x {head.height}. For files of one image each, "
            "put those of a pair under one name into the folders A and B (data.layout=folders), give "
            "data.source_root=<folder> data.target_root=<folder>, or list them in a CSV (data.file=<csv>). "
            "data.layout=side_by_side takes these pictures as pairs without this warning. Photos without partners are "
            "for data=sr_folder degradation=edges (drawings of them are made), or gan=srgan"
        ]

    def find(self) -> Found:
        layout = self._from_table() if self.file is not None or self.layout == "csv" else self._from_folders()
        if self.direction == "BtoA":
            layout.parts = {part: [swapped(example) for example in some] for part, some in layout.parts.items()}
        return layout

    def _from_table(self) -> Found:
        if self.file is None:
            raise BadInput("data.layout=csv: give the CSV: data.file=<file>")
        if self.layout not in ("auto", "csv"):
            raise BadInput(
                f"data.layout={self.layout}: data.file={self.file} is a CSV; leave the layout or the file out"
            )
        return read_table(self.file)

    def _from_folders(self) -> Found:
        if self.layout != "side_by_side":
            folders = two_folders(
                self.root, self.source_root, self.target_root, self.parts, needed=self.layout == "folders"
            )
            if folders is not None:
                return matched(folders)
        elif self.root is None:
            raise BadInput("data.layout=side_by_side: give the folder: data.root=<folder>")
        parts = {}
        for part, folder in parts_of(folder_path(self.root or ""), self.parts).items():
            paths = walk(folder).images
            if not paths:
                raise BadInput(nothing(folder))
            parts[part] = [Example(Side(path, 0), Side(path, 1), stratum(path, folder)) for path in paths]
        return Found(parts)


def two_folders(
    root: str | None, source_root: str | None, target_root: str | None, chosen: Parts, *, needed: bool
) -> Folders | None:
    """The folders of either side, given one by one or found in `root`.

    Args:
        chosen: the folders of the parts, where their names do not tell.
        needed: there is no other way to read `root`.

    Raises:
        BadInput: neither or both were given, or they are not there.
    """
    if (root is None) == (source_root is None and target_root is None):
        both = "" if root is None else "; both ways were given"
        ways = "give data.root=<folder>, or data.source_root=<folder> data.target_root=<folder>"
        raise BadInput(f"data.root: {ways}{both}")
    if root is None:
        if source_root is None or target_root is None:
            missing = "source_root" if source_root is None else "target_root"
            raise BadInput(f"data.{missing}: give both folders, data.source_root and data.target_root")
        first, second = folder_path(source_root, "data.source_root"), folder_path(target_root, "data.target_root")
        return matched_parts(first, second, chosen)
    folders = two_sides(folder_path(root), FIRST, SECOND, chosen)
    if folders is None and needed:
        raise BadInput(
            f"data.root: '{folder_path(root)}' has no folders A and B, trainA and trainB, or train/A and train/B; "
            "give others as data.source_root=<folder> data.target_root=<folder>"
        )
    return folders


def swapped(example: Example) -> Example:
    """The pair the other way round."""
    assert example.source is not None
    return replace(example, source=example.target, target=example.source)
