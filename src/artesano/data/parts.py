"""Which subfolders are the training, validation and test part. What is not clear is a question, never a guess."""

from __future__ import annotations

import itertools
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from artesano.data.io.walk import visible_folders
from artesano.errors import BadInput, nearest
from artesano.next_steps import listed

Part = Literal["train", "val", "test"]
WORDS = {
    "train": "train training trn tr learn learning",
    "val": "val valid validation validate vld dev devel development eval evaluation",
    "test": "test testing tst holdout heldout",
}
PART_OF = {word: part for part, words in WORDS.items() for word in words.split()}
FOLDER = "<folder>"  # stands for a name that the user knows
COMMON = ("train", "val", "validation", "test")  # names that are proposed
ADDED = re.compile(r"(set|data|dataset|images|imgs|split|folder|part)$")  # as in training_set, Test Images


def part_of(name: str) -> str | None:
    """`train`, `val` or `test`, of all the names that folders and columns give them, in any case; else None."""
    plain = re.sub(r"[\s_.\-]+", "", name).lower()
    return PART_OF.get(plain) or PART_OF.get(ADDED.sub("", plain))


def resembles(name: str) -> str | None:
    """The part that one word of a name stands for, as in `cars_train`, `val2017`."""
    words = re.findall(r"[a-z]+", name.lower())
    return next((PART_OF[word] for word in words if word in PART_OF), None)


@dataclass(frozen=True)
class Inside:
    """What one subfolder holds.

    Attributes:
        direct: images directly in it.
        deeper: its subfolders with images.
    """

    direct: int
    deeper: frozenset[str]


def part_folders(root: Path, images: Sequence[str], chosen: Mapping[Part, str] | None = None) -> dict[str, Path]:
    """The folder of each part; `root` itself as `train` where there are no parts.

    Args:
        images: all those below `root`.
        chosen: `data.parts`, part -> folder in `root`; {} = no parts.

    Raises:
        BadInput: two folders for one part; a folder of which it is not clear whether it is a part, a class or neither.
    """
    if chosen is not None:
        return _chosen(root, chosen)
    inside = contents(root, images)
    names = dict.fromkeys([*(folder.name for folder in visible_folders(root)), *inside])  # also empty ones
    known = {name: part for name in names if (part := part_of(name))}
    others = [name for name in inside if name not in known]
    if not known:
        _ask_without_parts(root, inside)
        return {"train": root}
    if _is_class(known, others, inside):
        return {"train": root}
    if "train" not in known.values():
        raise BadInput(_question(root, list(known), others, known))
    twice = [name for name in known if list(known.values()).count(known[name]) > 1]
    if twice:
        raise BadInput(
            f"data.root: '{root}' has {_listed(twice)}, which all mean the {known[twice[0]]} part; choose one: "
            + _way(dict.fromkeys(known.values(), FOLDER) | {part: name for name, part in known.items()})
        )
    if others:
        raise BadInput(_question(root, others, list(known), known))
    return {part: root / name for name, part in known.items()}


def contents(root: Path, images: Sequence[str]) -> dict[str, Inside]:
    """Subfolders of `root` with images, in order."""
    direct: dict[str, int] = {}
    deeper: dict[str, set[str]] = {}
    for path in images:
        first, *rest = path.removeprefix(os.path.join(root, "")).split(os.sep)
        if rest:
            direct[first] = direct.get(first, 0) + (len(rest) == 1)
            deeper.setdefault(first, set()).update(rest[:-1][:1])
    return {name: Inside(direct[name], frozenset(deeper[name])) for name in sorted(direct)}


def _is_class(known: Mapping[str, str], others: Sequence[str], inside: Mapping[str, Inside]) -> bool:
    """A folder of images called `train` beside others alike, such as `bus` and `car`."""
    folders = [inside.get(name) for name in [*known, *others]]
    of_images = all(folder is not None and folder.direct and not folder.deeper for folder in folders)
    return bool(others) and of_images and list(known.values()) == ["train"] and not any(map(_held_out, others))


def _held_out(name: str) -> bool:
    return resembles(name) in ("val", "test")


def _ask_without_parts(root: Path, inside: Mapping[str, Inside]) -> None:
    """No subfolder has a part's name; but there may be parts by another name, or deeper ones."""
    suggested = {name: part for name in inside if (part := resembles(name))}
    if "train" in suggested.values() and len(set(suggested.values())) > 1:
        rest = [name for name in inside if name not in suggested]
        raise BadInput(_question(root, list(suggested), rest, suggested))
    deeper = {name: {part_of(folder) for folder in one.deeper} for name, one in inside.items()}
    split = [name for name, parts in deeper.items() if "train" in parts and len(parts - {None}) > 1]
    if len(inside) == 1 and split:
        raise BadInput(
            f"data.root: '{root}' holds only the folder '{split[0]}', and that the parts; "
            f"give data.root='{root / split[0]}'"
        )
    if split:
        raise BadInput(
            f"data.root: each class of '{root}' ('{split[0]}' and others) has parts of its own. Put the parts above "
            f"the classes, as in train/{split[0]}; or give data.parts={{}} to cut new parts from all of the images"
        )


def _chosen(root: Path, chosen: Mapping[Part, str]) -> dict[str, Path]:
    if not chosen:
        return {"train": root}
    folders: dict[str, Path] = {part: root / name for part, name in chosen.items()}
    problems = [] if "train" in chosen else ["data.parts: which folder is for training? Give train: <folder> as well"]
    beside = [folder.name for folder in visible_folders(root)]
    problems += [
        f"data.parts: '{root}' has no folder '{name}'.{nearest(name, beside)}"
        for part, name in chosen.items()
        if not folders[part].is_dir()
    ]
    places = sorted(os.path.join(os.path.realpath(folder), "") for folder in folders.values())
    if len(set(places)) < len(places):
        problems.append("data.parts: two parts are the same folder")
    elif any(inner.startswith(outer) for outer, inner in itertools.combinations(places, 2)):
        problems.append("data.parts: the folder of one part lies in that of another, so its images would be in both")
    if problems:
        raise BadInput(*problems)
    return folders


def _question(root: Path, unclear: Sequence[str], beside: Sequence[str], parts: Mapping[str, str]) -> str:
    example = {"train": FOLDER} | {part: name for name, part in parts.items()}
    missing = [part for part in ("val", "test") if part not in example]
    example |= dict(zip(missing, [name for name in unclear if name not in parts], strict=False))
    where = f" beside {_listed(beside)}" if beside else "" if "train" in parts.values() else " and no training part"
    return (
        f"data.root: '{root}' has {_listed(unclear)}{where}: is that a part of the data, a class, or neither? "
        f"Say which folder is which part (others are left out), such as {_way(example)}; "
        "or data.parts={} where every folder is a class"
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _way(parts: Mapping[str, str]) -> str:
    inside = ", ".join(f"{part}: {name if name == FOLDER else listed(name)}" for part, name in parts.items())
    return f"data.parts={shlex.quote(f'{{{inside}}}')}"
