"""What the user points at -> image files. Paths are taken as they stand: no grammar meets them."""

from __future__ import annotations

import fnmatch
import glob
import os
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

from artesano.data.folder import class_name
from artesano.data.io.formats import accepted_endings
from artesano.data.io.walk import Walk, is_litter, walk
from artesano.data.parts import part_folders
from artesano.errors import BadInput, nearest
from artesano.file_names import expanded, grouped
from artesano.own_folders import lies_in_ours

NO_IMAGES = "no images: give files, folders or globs in quotes, such as 'photos/**/*.jpg'."


def find_images(inputs: Sequence[str]) -> list[str]:
    """Files of all inputs in their order, each once: a file as it is, a folder at any depth, a glob expanded.

    Raises:
        BadInput: every input that leads to no file.
    """
    return search(inputs).images


def search(inputs: Sequence[str]) -> Walk:
    """The same, and what is left out of the folders."""
    if not inputs:
        raise BadInput(NO_IMAGES)
    files: dict[str, None] = {}
    problems, below = [], Walk()
    for place in inputs:
        some = _files(expanded(place))
        if not some.images:
            problems += [_nothing(place), *grouped(some.left_out)]
        files.update(dict.fromkeys(some.images))
        below.left_out += some.left_out
    if problems:
        raise BadInput(*problems)
    return Walk(list(files), list(dict.fromkeys(below.left_out)))


def class_folders(folder: str, files: Sequence[str]) -> list[str] | None:
    """The class of each file: its first folder below `folder` (below train, val or test where there are such).

    Returns:
        None where a file lies in no class folder, or where there is only one class.
    """
    root = expanded(folder)
    try:
        parts = part_folders(root, files).values()
    except BadInput:  # it is not clear which folders are parts and which are classes
        return None
    homes = sorted((os.path.join(part, "") for part in parts), key=len, reverse=True)
    names = []
    for file in files:
        home = next((home for home in homes if file.startswith(home)), None)
        name, *inside = [] if home is None else file.removeprefix(home).split(os.sep, 1)
        if not inside:
            return None
        names.append(class_name(name))
    return names if len(set(names)) > 1 else None


def _files(path: Path) -> Walk:
    if path.is_dir():
        return walk(path)
    if os.path.lexists(path):
        return Walk([str(path)])
    below = Walk()
    fixed = Path(*takewhile(lambda part: not glob.has_magic(part), path.parts))
    for match in _matches(str(path)):
        if lies_in_ours(match, fixed):
            continue
        some = walk(match) if os.path.isdir(match) else Walk([match])
        below.images += some.images
        below.left_out += some.left_out
    return below


def _matches(pattern: str) -> list[str]:
    """Files and folders that a glob means. `**` goes the way of `walk`: no link twice, nothing of the system."""
    parts = Path(pattern).parts
    if "**" not in parts:
        named = {part for part in parts if is_litter(part)}
        return [match for match in sorted(glob.glob(pattern)) if set(filter(is_litter, Path(match).parts)) <= named]
    start = next(place for place, part in enumerate(parts) if glob.has_magic(part))
    base = Path(*parts[:start])
    below = walk(base)
    others = [left.path for left in below.left_out if os.path.isfile(left.path)]
    inside = {file: Path(file).relative_to(base).parts for file in [*below.images, *others]}
    matches = [file for file in others if _fits(inside[file], parts[start:])]
    matches += [  # also those in a folder that matches
        file
        for file in below.images
        if any(_fits(inside[file][:length], parts[start:]) for length in range(1, len(inside[file]) + 1))
    ]
    return sorted(matches)


def _fits(names: Sequence[str], patterns: Sequence[str]) -> bool:
    """Do the parts of a path match those of a glob? As in a shell, `*` does not match what is hidden."""
    if not patterns:
        return not names
    if patterns[0] == "**":
        return any(_fits(names[skipped:], patterns[1:] or ["*"]) for skipped in range(len(names)))
    if not names or (is_litter(names[0]) and names[0] != patterns[0]):
        return False
    return fnmatch.fnmatchcase(names[0], patterns[0]) and _fits(names[1:], patterns[1:])


def _nothing(place: str) -> str:
    path = expanded(place)
    if path.is_dir():
        return f"{place}: no image in this folder (accepted: {accepted_endings()})."
    if glob.has_magic(place):
        return f"{place}: no file matches."
    beside = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    return f"{place}: no such file or folder.{nearest(path.name, beside)}"
