"""What the user points at -> image files. Paths are taken as they stand: no grammar meets them."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

from artesano.data.folder import PART_NAMES
from artesano.data.io.images import SUFFIXES, image_files
from artesano.errors import BadInput, nearest
from artesano.own_folders import lies_in_ours


def find_images(inputs: Sequence[str]) -> list[str]:
    """Files of all inputs in their order, each once: a file as it is, a folder at any depth, a glob expanded.

    Raises:
        BadInput: every input that leads to no file.
    """
    if not inputs:
        raise BadInput("no images: give files, folders or globs in quotes, such as 'photos/**/*.jpg'.")
    files: dict[str, None] = {}
    problems = []
    for given in inputs:
        found = _files(Path(given).expanduser())
        if not found:
            problems.append(_nothing(given))
        files.update(dict.fromkeys(found))
    if problems:
        raise BadInput(*problems)
    return list(files)


def class_folders(folder: str, files: Sequence[str]) -> list[str] | None:
    """The class of each file: its first folder below `folder` (below train, val or test where there are such).

    Returns:
        None where a file lies in no class folder, or where there is only one class.
    """
    names = []
    for file in files:
        parts = Path(file).relative_to(Path(folder).expanduser()).parts[:-1]
        if parts and parts[0].lower() in PART_NAMES:
            parts = parts[1:]
        if not parts:
            return None
        names.append(parts[0])
    return names if len(set(names)) > 1 else None


def _files(path: Path) -> list[str]:
    if path.is_dir():
        return image_files(path)
    if path.exists():
        return [str(path)]
    fixed = Path(*takewhile(lambda part: not glob.has_magic(part), path.parts))
    matches = [match for match in sorted(glob.glob(str(path), recursive=True)) if not lies_in_ours(match, fixed)]
    return [file for match in matches for file in (image_files(Path(match)) if Path(match).is_dir() else [match])]


def _nothing(given: str) -> str:
    path = Path(given).expanduser()
    if path.is_dir():
        return f"{given}: no image in this folder (accepted: {' '.join(sorted(suffix[1:] for suffix in SUFFIXES))})."
    if glob.has_magic(given):
        return f"{given}: no file matches."
    beside = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    return f"{given}: no such file or folder.{nearest(path.name, beside)}"
