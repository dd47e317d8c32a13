"""Folders as timm reads them, a class being the last folder before an image, by the walk of files of `data=folder`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from timm.utils import natural_key

from artesano.data.folder import NO_CLASS, NO_PART, class_name
from artesano.data.io.formats import ending_of
from artesano.data.io.given_folder import folder_path
from artesano.data.io.walk import LeftOut, visible_folders, walk
from artesano.data.parts import part_of
from artesano.errors import BadInput, nearest

OTHER_ENDING = "not among the endings of data.input_key"


@dataclass(frozen=True)
class TimmFolder:
    """The images of each part.

    Attributes:
        classes: in timm's order: 2 before 10.
        files: part -> (path, label), in timm's order.
        left_out: everything else below the root.
    """

    classes: list[str]
    files: dict[str, list[tuple[str, int]]]
    left_out: list[LeftOut]


def read_timm_folder(root: str, splits: dict[str, str], endings: str | None = None) -> TimmFolder:
    """Read the files below `root`.

    Args:
        splits: part -> name of its folder; the training part is all of `root` where it has no such folder.
        endings: the only ones to read, as in `.png;.jpg`.

    Raises:
        BadInput: no such folder, none of a part, or no image in it.
    """
    top = folder_path(root)
    below = walk(top)
    only = endings and {ending.lower() for ending in endings.split(";")}
    wrong = [path for path in below.images if only and ending_of(path) not in only]
    images = sorted(set(below.images) - set(wrong), key=natural_key)
    homes = {part: os.path.join(folder_of(top, part, split), "") for part, split in splits.items()}
    if len(set(homes.values())) < len(homes):
        keys = ", ".join(f"data.{part}_split={split}" for part, split in splits.items())
        raise BadInput(f"{keys}: two parts are the same folder of '{top}', so one would be measured on the other")
    classes_of: dict[str, dict[str, str]] = {part: {} for part in homes}
    for path in images:
        around = [part for part, home in homes.items() if lies_in(path, home)]
        if around:  # the innermost: `train` may be all of `root`, and a validation part in it
            part = max(around, key=lambda part: len(homes[part]))
            classes_of[part][path] = class_name(os.path.basename(os.path.dirname(path)))
    for part, some in classes_of.items():
        if not some:
            raise BadInput(f"data.{part}_split: '{homes[part]}' holds no image in a class folder")
    classes = sorted({name for some in classes_of.values() for name in some.values()}, key=natural_key)
    files = {part: [(path, classes.index(name)) for path, name in some.items()] for part, some in classes_of.items()}
    used = {path for some in files.values() for path, _ in some}
    rest = [path for path in images if path not in used]
    loose = {path for path in rest if any(os.path.dirname(path) + os.sep == home for home in homes.values())}
    left_out = [LeftOut(path, NO_CLASS if path in loose else NO_PART) for path in rest]
    return TimmFolder(classes, files, [*below.left_out, *left_out, *(LeftOut(path, OTHER_ENDING) for path in wrong)])


def lies_in(path: str, home: str) -> bool:
    """True for an image in a subfolder of `home`, which ends with a separator."""
    return path.startswith(home) and os.sep in path.removeprefix(home)


def folder_of(root: Path, part: str, split: str) -> Path:
    """The folder of this name, or of another name for the same part.

    Raises:
        BadInput: there is none, and the part is not `train`.
    """
    if (root / split).is_dir():
        return root / split
    folders = visible_folders(root)
    same = [folder for folder in folders if part_of(folder.name) and part_of(folder.name) == part_of(split)]
    if same or part == "train":
        return same[0] if same else root
    names = [folder.name for folder in folders]
    raise BadInput(f"data.{part}_split: '{root}' has no folder '{split}'.{nearest(split, names)}")
