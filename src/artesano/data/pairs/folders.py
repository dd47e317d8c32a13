"""Which files of two folders belong together, and which folders belong to which part."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from artesano.data.io.formats import accepted_endings
from artesano.data.io.walk import visible_folders, walk
from artesano.data.pairs.base import some
from artesano.data.pairs.files import Example, Side
from artesano.data.parts import Part, part_folders, part_of
from artesano.errors import BadInput

Folders = dict[str, tuple[Path, Path]]  # part -> the folders of its two sides
Sides = tuple[Path | None, Path | None]
SCALE = re.compile(r"[-_ ]?x[2348]$", re.IGNORECASE)  # as in 0001x4.png


Parts = Mapping[Part, str] | None  # `data.parts`


def children(root: Path) -> dict[str, Path]:
    """Visible subfolders that are not ours, by their name in small letters."""
    return {entry.name.lower(): entry for entry in visible_folders(root)}


def parts_of(root: Path, chosen: Parts = None) -> dict[str, Path]:
    """The folders of train, val and test below `root`; `root` itself as `train` where there are none.

    Raises:
        BadInput: it is not clear which folders are parts; see `part_folders`.
    """
    return part_folders(root, walk(root).images, chosen)


def two_sides(root: Path, first: Iterable[str], second: Iterable[str], chosen: Parts = None) -> Folders | None:
    """Folders of two sides, in any of the three usual orders; None where there are none.

    A and B, each with or without parts; trainA and trainB; train/A and train/B.

    Args:
        first, second: names that the folders of either side go by, in small letters.
        chosen: the folders of the parts, where their names do not tell.

    Raises:
        BadInput: a part has one side only.
    """
    names = list(first), list(second)
    sides_of_parts = _sides_with_parts(root, *names, chosen) or _joined_names(root, *names)
    sides_of_parts = sides_of_parts or _parts_with_sides(root, *names, chosen)
    for part, (one, other) in sides_of_parts.items():
        if one is None or other is None:
            raise BadInput(
                f"data.root: the {part} part of '{root}' has '{one or other}' and no folder of the other side"
            )
    return sides_of_parts or None  # type: ignore[return-value]


def matched_parts(first: Path, second: Path, chosen: Parts = None) -> Folders:
    """Folders of two sides that were given one by one, each with or without parts.

    Raises:
        BadInput: a part has one side only.
    """
    one, other = parts_of(first, chosen), parts_of(second, chosen)
    if alone := set(one) ^ set(other):
        part = sorted(alone)[0]
        there, missing = (one[part], second) if part in one else (other[part], first)
        raise BadInput(f"'{there}' has no partner: '{missing}' has no {part} folder")
    return {part: (one[part], other[part]) for part in one}


def _sides_with_parts(root: Path, first: list[str], second: list[str], chosen: Parts) -> dict[str, Sides]:
    """A/train and B/train, or A and B alone."""
    one, other = _pick(root, first), _pick(root, second)
    return dict(matched_parts(one, other, chosen)) if one and other else {}


def _joined_names(root: Path, first: list[str], second: list[str]) -> dict[str, Sides]:
    """trainA and trainB."""
    sides_of_parts: dict[str, Sides] = {}
    for name, folder in children(root).items():
        for side, names in enumerate((first, second)):
            for ending in names:
                if name.endswith(ending) and (part := part_of(name.removesuffix(ending))):
                    sides = list(sides_of_parts.get(part, (None, None)))
                    if sides[side] is not None:
                        raise BadInput(f"data.root: '{sides[side]}' and '{folder}' mean the same side of one part")
                    sides[side] = folder
                    sides_of_parts[part] = sides[0], sides[1]
    return sides_of_parts if "train" in sides_of_parts else {}


def _parts_with_sides(root: Path, first: list[str], second: list[str], chosen: Parts) -> dict[str, Sides]:
    """train/A and train/B."""
    parts = parts_of(root, chosen)
    if parts == {"train": root}:
        return {}
    sides = {part: (_pick(folder, first), _pick(folder, second)) for part, folder in parts.items()}
    return sides if any(sides["train"]) else {}


def _pick(root: Path, names: list[str]) -> Path | None:
    named = children(root)
    return next((named[name] for name in names if name in named), None)


def by_stem(folder: Path) -> dict[str, list[str]]:
    """Images below a folder by their path in it without the ending."""
    by_stem: dict[str, list[str]] = {}
    for path in walk(folder).images:
        by_stem.setdefault(os.path.splitext(os.path.relpath(path, folder))[0], []).append(path)
    return by_stem


def stratum(path: str, folder: Path) -> str:
    """The folder that an image lies in, as seen from `folder`."""
    return os.path.dirname(os.path.relpath(path, folder))


def match(first: Path, second: Path, *, scaled: bool = False) -> tuple[list[Example], list[str]]:
    """Pairs of files of one stem, the first folder's as the source.

    Args:
        scaled: stems of the first folder may end in the scale, as in 0001x4.png.

    Returns:
        pairs in the order of the second folder, and what is wrong with the others.
    """
    sources, targets = by_stem(first), by_stem(second)
    if scaled:
        named, sources = sources, {}
        for stem, paths in named.items():  # 0001x2 and 0001x4 are two images of one name
            sources.setdefault(stem if stem in targets else SCALE.sub("", stem), []).extend(paths)
    both = [stem for stem in targets if stem in sources]
    examples = [
        Example(Side(sources[stem][0]), Side(targets[stem][0]), stratum(targets[stem][0], second)) for stem in both
    ]
    return examples, list(mismatches(first, second, sources, targets))


def mismatches(
    first: Path, second: Path, sources: dict[str, list[str]], targets: dict[str, list[str]]
) -> Iterator[str]:
    """Missing partners, and stems that two files share."""
    for own, folder, others, elsewhere in ((sources, first, targets, second), (targets, second, sources, first)):
        alone = [os.path.basename(paths[0]) for stem, paths in own.items() if stem not in others]
        if alone:
            yield (
                f"'{folder}' has {len(alone)} of {len(own)} images without a partner of the same name in "
                f"'{elsewhere}': {some(alone)}"
            )
        twice = [
            f"{os.path.basename(paths[0])} and {os.path.basename(paths[1])}" for paths in own.values() if len(paths) > 1
        ]
        if twice:
            yield f"'{folder}' has two images of one name: {some(twice)}"


def nothing(folder: Path) -> str:
    """What to say of a folder without images."""
    return f"data.root: '{folder}' holds no image (accepted: {accepted_endings()})"
