"""All files below a folder: the images, and what is left out with the reason for it. Nothing is dropped in silence."""

from __future__ import annotations

import os
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from artesano.data.io.formats import ending_of, endings, why_not
from artesano.own_folders import is_ours

# what systems and programs leave beside pictures, in small letters; thumbnails above all
LITTER = {
    "$recycle.bin",
    "@eadir",
    "@recently-snapshot",
    "@recycle",
    "@tmp",
    "#recycle",
    "#snapshot",
    "__macosx",
    "__pycache__",
    "desktop.ini",
    "ehthumbs.db",
    "ehthumbs_vista.db",
    "icon\r",
    "lost+found",
    "network trash folder",
    "recycler",
    "system volume information",
    "temporary items",
    "thumbs.db",
    "thumbs.db:encryptable",
}
HIDDEN = "hidden, or of the system"
REPEATED = "a link to what is read already"
ABOVE = "a link to a folder above"
OURS = "a folder of runs of Artesano"


class LeftOut(NamedTuple):
    """A file, or a folder with all that is in it, that is not read."""

    path: str
    reason: str


@dataclass
class Walk:
    """What lies below a folder.

    Attributes:
        images: paths, sorted.
        left_out: everything else, in no order.
    """

    images: list[str] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


def walk(root: str | os.PathLike[str]) -> Walk:
    """Images at any depth. Links are followed, each folder and file once: a link to what has a place of its own is
    left out, so that no loop and no copy comes of it.
    """
    walker = _Walker(os.path.realpath(root))
    walker.read_folder(os.fspath(root), walker.top)
    while walker.links:  # after all that has a place of its own
        walker.follow(walker.links.popleft())
    walker.below.images.sort()
    return walker.below


class _Walker:
    """What was seen so far, by real paths.

    Args:
        top: the real path of the root.
    """

    def __init__(self, top: str):
        self.top = top
        self.below = Walk()
        self.folders: set[str] = set()
        self.files: set[str] = set()
        self.links: deque[str] = deque()

    def read_folder(self, path: str, real: str) -> None:
        waiting = [(path, real)]
        while waiting:
            path, real = waiting.pop()
            self.folders.add(real)
            try:
                with os.scandir(path) as listed:
                    entries = sorted(listed, key=lambda entry: entry.name)
            except OSError as error:
                self.leave_out(path, error.strerror or type(error).__name__)
                continue
            for entry in entries:
                inside = os.path.join(real, entry.name)
                if is_litter(entry.name):
                    self.leave_out(entry.path, HIDDEN)
                elif entry.is_symlink():
                    self.links.append(entry.path)
                elif not entry.is_dir():
                    self.read_file(entry.path, inside, entry.is_file())
                elif inside in self.folders:  # a link outside of the root led here before
                    self.leave_out(entry.path, REPEATED)
                elif is_ours(entry.path):
                    self.leave_out(entry.path, OURS)
                else:
                    waiting.append((entry.path, inside))

    def read_file(self, path: str, real: str, regular: bool) -> None:
        if real in self.files:
            self.leave_out(path, REPEATED)
        elif not regular:
            self.leave_out(path, "no regular file")
        elif ending_of(path) not in endings():
            self.leave_out(path, why_not(path))
        else:
            self.files.add(real)
            self.below.images.append(path)

    def follow(self, link: str) -> None:
        real = os.path.realpath(link)
        if not os.path.isdir(link):  # a link to nowhere is an image that cannot be read
            self.read_file(link, real, os.path.isfile(link) or not os.path.exists(link))
        elif os.path.join(self.top, "").startswith(os.path.join(real, "")):
            self.leave_out(link, ABOVE)
        elif real in self.folders:
            self.leave_out(link, REPEATED)
        elif is_ours(link):
            self.leave_out(link, OURS)
        else:
            self.read_folder(link, real)

    def leave_out(self, path: str, reason: str) -> None:
        self.below.left_out.append(LeftOut(path, reason))


def is_litter(name: str) -> bool:
    """Hidden, or one of the names that systems and programs use for themselves."""
    return name.startswith(".") or name.lower() in LITTER


def visible_folders(root: Path) -> list[Path]:
    """Subfolders that may hold data, sorted: no litter, and none of our own."""
    folders = (entry for entry in root.iterdir() if entry.is_dir() and not is_litter(entry.name))
    return sorted(entry for entry in folders if not is_ours(entry))
