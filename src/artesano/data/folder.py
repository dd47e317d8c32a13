"""Your own images: a folder with one subfolder per class, or with train, val and test subfolders of those."""

import functools
import os
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from artesano.data.class_choice import alike
from artesano.data.dataset import UNLABELLED, ImageData
from artesano.data.io.formats import accepted_endings
from artesano.data.io.given_folder import folder_path
from artesano.data.io.walk import LeftOut, visible_folders, walk
from artesano.data.parts import Part, contents, part_folders
from artesano.data.splits import Files, Split
from artesano.errors import BadInput
from artesano.file_names import expanded, grouped, readable

NO_CLASS = "in no class folder"
NO_PART = "in no folder of a part"


@dataclass
class Layout:
    """What the folders of a root mean.

    Args:
        files: part -> class -> paths, sorted.
        left_out: files that are not read.
        notes: what is worth a line.
    """

    files: dict[str, dict[str, list[str]]]
    left_out: list[LeftOut]
    notes: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class Folder(ImageData):
    """Images at any depth below their class folder; hidden files and those of the system are left out.

    A folder of images without class folders has no labels: enough for a GAN without conditioning. So has one with
    images beside a single subfolder.

    Args:
        root: the folder; `~` and relative paths are fine.
        parts: the folders of train, val and test in `root`, where their names do not tell; {} = there are none, and
            every subfolder is a class.
    """

    root: str
    parts: dict[Part, str] | None = None

    def base(self) -> Path:
        return expanded(self.root).absolute()

    def read_splits(self) -> tuple[list[str], dict[str, Split]]:
        by_part = self._layout.files
        classes = sorted({name for files in by_part.values() for name in files})
        splits = {}
        for part, files in by_part.items():
            paths = [path for name in classes for path in files.get(name, [])]
            labels = np.repeat(np.arange(len(classes)), [len(files.get(name, [])) for name in classes])
            splits[part] = Split(labels.astype(np.int64), paths, Files(paths))
        return classes, splits

    def left_out(self) -> list[LeftOut]:
        return self._layout.left_out

    def notes(self) -> list[str]:
        return self._layout.notes

    def deeper(self) -> str:
        root = folder_path(self.root)
        inside = contents(root, [path for files in self._layout.files["train"].values() for path in files])
        names = [name for name, one in inside.items() if len(one.deeper) > 1]
        return f". Its subfolders may be the classes: data.root='{root / names[0]}'" if len(names) == 1 else ""

    @functools.cached_property
    def _layout(self) -> Layout:
        root = folder_path(self.root)
        below = walk(root)
        folders = part_folders(root, below.images, self.parts)
        images = {part: _below(folder, below.images) for part, folder in folders.items()}
        for part, folder in folders.items():
            if not images[part]:
                raise BadInput(_nothing(folder), *grouped(_left_out_below(folder, below.left_out)))
        used = {path for paths in images.values() for path in paths}
        layout = Layout({}, below.left_out + [LeftOut(path, NO_PART) for path in below.images if path not in used])
        _sort_into_classes(layout, folders, images)
        return layout


def _sort_into_classes(layout: Layout, folders: dict[str, Path], images: dict[str, list[str]]) -> None:
    left_out = {one.path for one in layout.left_out}
    names = {
        part: [entry.name for entry in visible_folders(folder) if str(entry) not in left_out]
        for part, folder in folders.items()
    }
    loose = {part: [path for path in paths if not _first(path, folders[part])] for part, paths in images.items()}
    holding = {_first(path, folders[part]) for part, paths in images.items() for path in paths} - {""}
    if not holding or (len(holding) == 1 and any(loose.values())):
        layout.files |= {part: {UNLABELLED: paths} for part, paths in images.items()}
        return
    for part, paths in images.items():
        if len(loose[part]) == len(paths):
            raise BadInput(
                f"data.root: the {part} part, '{folders[part]}', has {len(paths)} images and no class folder, as the "
                "other parts have. Images without labels cannot be measured: data.parts says which folders are to be "
                "read, and what is missing is cut from train"
            )
        files: dict[str, list[str]] = {class_name(name): [] for name in names[part]}
        for path in paths:
            if name := _first(path, folders[part]):
                files.setdefault(class_name(name), []).append(path)
        layout.files[part] = {name: sorted(some) for name, some in files.items()}
        layout.left_out += [LeftOut(path, NO_CLASS) for path in loose[part]]
    layout.notes += _notes(names)


def _notes(names: dict[str, list[str]]) -> list[str]:
    """Folders whose names look alike, and classes with the names of a part or of the sides of a translation."""
    notes = []
    spellings = defaultdict(set)
    for some in names.values():
        for name in some:
            spellings[class_name(name)].add(name)
    notes += [
        f"class '{name}': folders that differ only in how their accents are stored are taken together"
        for name, folders in spellings.items()
        if len(folders) > 1
    ]
    notes += alike(spellings, "rename a folder")
    if list(names) == ["train"] and "train" in names["train"]:
        notes.append("'train' is taken as a class; if it is the training part: data.parts='{train: train}'")
    if {"traina", "trainb"} <= {name.lower() for name in names["train"]}:
        notes.append(
            "trainA and trainB are taken as classes; for images that are made into others give gan=pix2pix, which "
            "takes files of one name for pairs, or gan=cyclegan"
        )
    return notes


def class_name(folder: str) -> str:
    """The name of a class: composed letters (NFC), since a Mac's archives have others that look the same."""
    return readable(unicodedata.normalize("NFC", folder))


def _first(path: str, folder: Path) -> str:
    """The first folder of a path below `folder`; `""` of a file directly in it."""
    first, *rest = path.removeprefix(os.path.join(folder, "")).split(os.sep, 1)
    return first if rest else ""


def _below(folder: Path, paths: list[str]) -> list[str]:
    return [path for path in paths if path.startswith(os.path.join(folder, ""))]


def _left_out_below(folder: Path, left_out: list[LeftOut]) -> list[LeftOut]:
    return [one for one in left_out if one.path.startswith(os.path.join(folder, ""))]


def _nothing(root: Path) -> str:
    return f"data.root: '{root}' holds no image in a class subfolder (accepted: {accepted_endings()})"
