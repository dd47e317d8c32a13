"""A run keeps its split: the files that it began with are written into its folder, and read from there ever after.

Files that come later go nowhere, until they are asked for. Files that are missing or replaced end what needs the same
batches (resume, rerun, the next trial of a sweep), and are left out of what only measures.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artesano.config.targets import instantiate
from artesano.data import files_of_run
from artesano.data.changes import Changes, compare
from artesano.data.dataset import ImageData
from artesano.data.files_of_run import Content, FilesOfRun, content, contents
from artesano.errors import BadInput
from artesano.next_steps import quoted
from artesano.runs.folder import FILES

MANY = 20  # classes that are shown


def listing_of(data: Any) -> FilesOfRun | None:
    """The files of a data set; None where its images are a function of its options."""
    base = getattr(data, "base", None)
    if base is None or base() is None:
        return None
    if data.kept is not None:
        return data.kept[0]
    classes, rows = data.files()
    return FilesOfRun(classes, rows, contents(file for row in rows for file in row.files))


def write_listing(folder: Path, data: Any, files: FilesOfRun | None) -> None:
    """files.csv of a new run."""
    if files is not None:
        files_of_run.write(folder / FILES, files, data.base())


def read_listing(folder: Path, data: Any) -> FilesOfRun | None:
    """The files that a run began with; None: they are no files, or the run is from before they were listed."""
    base = getattr(data, "base", None)
    place = base() if base is not None else None
    return files_of_run.read(folder / FILES, place) if place is not None and (folder / FILES).is_file() else None


def most_are_there(files: FilesOfRun) -> bool:
    """True where half of the files or more are as they were: data that were moved."""
    now = contents(files.contents)
    return 2 * sum(now[name] == then for name, then in files.contents.items()) >= len(now)


def changes_since(files: FilesOfRun, node: dict[str, Any], run: Path) -> Changes:
    """What has become of the files of a run.

    Args:
        node: the data's.

    Raises:
        BadInput: the data cannot be read, or have other classes than the run.
    """
    now = instantiate(node)
    if isinstance(now, ImageData):
        now.always = frozenset(files.classes)
    try:
        classes, rows = now.files()
    except BadInput as error:
        raise BadInput(
            *error.problems,
            f"  {run} began with {len(files.contents)} files there, and a bundle holds no images; evaluate and sample "
            "take others by data=... data.root=<folder>.",
        ) from None
    if classes != files.classes:
        raise BadInput(*other_classes(run, files.classes, classes, now.place()))
    return compare(files, classes, rows, not getattr(now, "apart", False), now.base())


def other_classes(run: Path, ours: list[str], theirs: list[str], place: str) -> list[str]:
    """The refusal, with both lists."""
    return [
        f"{run}: the classes of a run never change, and those of {place} are not its own:",
        f"  the run has {len(ours)}: {_some(ours)}",
        f"  the data have {len(theirs)}: {_some(theirs)}",
        f"  Undo the change (only in the data: {_some(_beyond(theirs, ours))}; only in the run: "
        f"{_some(_beyond(ours, theirs))}), or train a new run.",
    ]


def keep_for_batches(data: Any, node: dict[str, Any], run: Path) -> list[str]:
    """Let `data` take the split of the run, whose batches are made again: every file must be as it was.

    Returns:
        what to say of files that were added.

    Raises:
        BadInput: files are missing, replaced or labelled otherwise; other classes.
    """
    if (files := read_listing(run, data)) is None:
        return []
    changes = changes_since(files, node, run)
    if lines := [f"  {line}" for line in changes.lines()]:
        raise BadInput(
            f"{run}: the data in {changes.base} are not those that it began with, so its batches cannot be made again:",
            *lines,
            "  Put the files back as they were, or train a new run.",
        )
    data.keep(files, frozenset())
    return of_added(changes, run)


def keep_for_use(data: Any, files: FilesOfRun, changes: Changes, run: Path, split: str) -> list[str]:
    """Let `data` take the split of the run for measuring; `new` puts the added images in the place of `test`.

    Returns:
        what to say of files that are not as they were.

    Raises:
        BadInput: nothing is left of the split.
    """
    if split == "new":
        if not changes.new:
            alone = f" ({len(changes.added)} files without partners)" if changes.added else ""
            raise BadInput(f"--split new: nothing in {changes.base} is new to {run}{alone}; leave --split out.")
        lines = [f"{len(changes.new)} images that the run has never seen"]
        if changes.copies:
            lines.append(f"left out: {_names(changes.copies, changes.base)}, copies of images of the run")
        data.keep(files.with_test(changes.new), changes.gone)
        return lines
    parts = ("train", "val", "test") if split == "all" else (split,)
    rows = [row for part in parts for row in files.part(part)]
    if all(not changes.gone.isdisjoint(row.files) for row in rows):
        raise BadInput(f"{run}: nothing is left of its {split} images in {changes.base}:", *changes.lines())
    data.keep(files, changes.gone)
    lines = [f"{line}; left out" for line in changes.lines() if "labelled" not in line]
    lines += [f"{line}; the run's labels are used" for line in changes.lines() if "labelled" in line]
    return [*lines, *of_added(changes, run)]


def of_added(changes: Changes, run: Path) -> list[str]:
    """One line on files that the run does not know."""
    count = len(changes.added) + len(changes.copies)
    if not count:
        return []
    files, are = ("files", "are") if count > 1 else ("file", "is")
    return [
        f"{count} {files} of {changes.base} came after the run began and {are} not used; "
        f"artesano evaluate {quoted(run)} --split new measures on what is new"
    ]


@dataclass(frozen=True)
class Trained:
    """The images that a run was trained on, by name and, where they are files, by content.

    Attributes:
        names: of the training part, after `fraction` and `shots`.
        contents: of those that are files.
    """

    names: frozenset[str]
    contents: frozenset[Content]

    def __contains__(self, name: str) -> bool:
        return name in self.names or (bool(self.contents) and content(name) in self.contents)


def parts_of(listing: Any) -> dict[str, Any]:
    """Of images, or of pairs."""
    return listing.splits if hasattr(listing, "splits") else listing.parts


def trained_on(node: dict[str, Any], run: Path) -> Trained:
    """What a run was trained on; nothing where its images are no longer there and nobody listed them."""
    data = instantiate(node)
    files = read_listing(run, data)
    if files is not None:
        data.keep(files, frozenset())
    try:
        if files is not None and not isinstance(data, ImageData):
            names = frozenset(file for row in files.part("train") for file in row.files)
        else:
            names = frozenset(parts_of(data.listing())["train"].names)
    except (BadInput, AttributeError):
        return Trained(frozenset(), frozenset())
    known = {files.contents[name] for name in names} if files else set()
    return Trained(names, frozenset(known - {("", "")}))


def _beyond(names: list[str], others: list[str]) -> list[str]:
    return [name for name in names if name not in others]


def _names(paths: Iterable[str], base: Path) -> str:
    names = [path.removeprefix(f"{base}/") for path in paths]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _some(names: list[str]) -> str:
    return (", ".join(names[:MANY]) or "none") + (f" and {len(names) - MANY} more" if len(names) > MANY else "")
