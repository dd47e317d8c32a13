"""The folder of images that somebody has named."""

from __future__ import annotations

from pathlib import Path

from artesano.errors import BadInput, nearest
from artesano.file_names import expanded


def folder_path(root: str, key: str = "data.root") -> Path:
    """The folder, with `~` expanded and made absolute.

    Raises:
        BadInput: there is no such folder; names the nearest one beside it.
    """
    path = expanded(root).absolute()
    if path.is_dir():
        return path
    if path.exists():
        raise BadInput(f"{key}: '{path}' is a file; a folder is needed")
    siblings = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    raise BadInput(f"{key}: there is no folder '{path}'.{nearest(path.name, siblings)}")
