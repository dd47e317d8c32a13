"""Your own images of two kinds, without partners."""

from dataclasses import dataclass
from pathlib import Path

from artesano.data.dataset import PARTS
from artesano.data.io.walk import walk
from artesano.data.pairs.cut import cut_parts
from artesano.data.pairs.file_data import FilePairData, Found
from artesano.data.pairs.files import Side, beside
from artesano.data.pairs.folders import nothing, stratum
from artesano.data.pairs.paired_folder import Direction, two_folders
from artesano.data.parts import Part
from artesano.errors import BadInput


@dataclass(kw_only=True)
class UnpairedFolder(FilePairData):
    """Two folders of images whose numbers and sizes may differ; the smaller one begins anew where it ends.

    A row is the next image of either side, and no pair: nothing that is learnt or measured compares the two.

    Args:
        root: a folder with trainA and trainB (and testA, testB, valA, valB), A and B, or train/A and train/B.
        source_root, target_root: two folders of any name as A and B, instead of `root`.
        direction: `BtoA` swaps source and target.
        parts: the folders of train, val and test, where their names do not tell; {} = there are none.
    """

    root: str | None = None
    source_root: str | None = None
    target_root: str | None = None
    direction: Direction = "AtoB"
    parts: dict[Part, str] | None = None

    def roots(self) -> list[str]:
        return [root for root in (self.root, self.source_root, self.target_root) if root]

    apart = True

    def place(self) -> str:
        return self.root or f"{self.source_root} and {self.target_root}"

    def find(self) -> Found:
        folders = two_folders(self.root, self.source_root, self.target_root, self.parts, needed=True)
        assert folders is not None
        # each side is cut for itself: no image of a test part may come back in training beside another partner
        sides = [
            cut_parts(
                {part: files(pair[side]) for part, pair in folders.items()}, stratum_of, self.shares(), self.split_seed
            )
            for side in (0, 1)
        ]
        first, second = sides if self.direction == "AtoB" else reversed(sides)
        counts = [f"{part} {len(first[part])} and {len(second[part])}" for part in PARTS if part in first]
        differ = any(len(first[part]) != len(second[part]) for part in first)
        note = f"sources and targets: {', '.join(counts)}; the fewer of a part come round again"
        rows = {part: beside(sides_of(first[part]), sides_of(second[part])) for part in first}
        return Found(rows, paired=False, notes=[note] if differ else [])


File = tuple[str, str]  # path and stratum


def files(folder: Path) -> list[File]:
    """All images below a folder.

    Raises:
        BadInput: there is none.
    """
    paths = walk(folder).images
    if not paths:
        raise BadInput(nothing(folder))
    return [(path, stratum(path, folder)) for path in paths]


def sides_of(files: list[File]) -> list[Side]:
    return [Side(path) for path, _ in files]


def stratum_of(file: File) -> str:
    return file[1]
