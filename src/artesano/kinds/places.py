"""Where a command writes, checked before its work: a file or a folder of the user's choice that can be written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from artesano.errors import BadInput
from artesano.file_names import expanded


def names_file(place: str | Path) -> bool:
    """True for a name with an ending: `m.onnx` is a file, `out/` and `out` and a folder that is there are folders."""
    path = expanded(place)
    return bool(path.suffix) and not str(place).endswith(("/", os.sep)) and not path.is_dir()


def file_to_write(place: str, endings: Sequence[str] = (), option: str = "-o") -> Path:
    """The path of a file that a command is to write; missing folders above it will be made.

    Args:
        endings: with the dot, lower case; empty = any.

    Raises:
        BadInput: another ending, a folder, or a place where nothing can be written.
    """
    path = expanded(place)
    if endings and path.suffix.lower() not in endings:
        raise BadInput(f"{option} {place}: the name of the file must end in {' or '.join(endings)}.")
    if path.is_dir():
        inside = path / f"name{endings[0] if endings else ''}"
        raise BadInput(f"{option} {place}: a folder; give the name of a file, such as {inside}.")
    check_writable(path, f"{option} {place}")
    return path


def folder_to_fill(place: str, option: str = "-o") -> Path:
    """The path of a folder that a command is to write into; it and those above it will be made.

    Raises:
        BadInput: a file, the name of one, or a place where nothing can be written.
    """
    path = expanded(place)
    if path.exists() and not path.is_dir():
        raise BadInput(f"{option} {place}: a file; give a folder.")
    if names_file(place):
        raise BadInput(
            f"{option} {place}: the name of a file; give a folder, or {place}/ if a folder is to be called so."
        )
    check_writable(path / "file", f"{option} {place}")
    return path


def check_writable(path: Path, argument: str) -> None:
    """Raise BadInput where the file cannot be written: tried in the nearest folder above it that is there.

    Args:
        argument: what the user gave.
    """
    try:
        if path.exists():
            if path.is_file():
                path.open("ab").close()
            return
        above = next(parent for parent in path.absolute().parents if parent.exists())
        if not above.is_dir():
            raise BadInput(f"{argument}: cannot be written; {above} is a file, not a folder.")
        with tempfile.TemporaryFile(dir=above):
            pass
    except OSError as error:
        raise BadInput(f"{argument}: cannot be written ({error.strerror or error}); give another place.") from None
