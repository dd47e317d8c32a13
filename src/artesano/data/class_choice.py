"""Which classes of a data set are used: those that `data.classes` names and, of them, those with enough images."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from artesano.data.io.images import UnreadableImage
from artesano.data.io.walk import LeftOut
from artesano.data.labels import having
from artesano.data.labels import only as labels_of
from artesano.data.prefetch import in_threads
from artesano.data.splits import Split
from artesano.errors import BadInput, nearest

NOT_NAMED = "in a class that data.classes does not name"
MOST = 10  # classes that a note names


@dataclass(frozen=True)
class ClassChoice:
    """The classes that are used, in the order of the data set, whatever the order in which they were named.

    So `data.classes=[dog,cat]` is the same data as `[cat,dog]`, and an image lies in the same part whichever other
    classes are used.

    Attributes:
        parts: their images, the labels counted anew from 0.
        left_out: images of the other classes, and why.
        notes: a warning that names the classes with too few images.
    """

    classes: list[str]
    parts: dict[str, Split]
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def only(self, labels: Sequence[int], reason: str) -> ClassChoice:
        """The same with these labels alone; the images of the others are left out for this reason."""
        if len(labels) == len(self.classes):
            return self
        used = np.array(labels, dtype=np.int64)
        others, parts = [], {}
        for part, split in self.parts.items():
            rows, numbers = labels_of(split.labels, used)
            others += [LeftOut(split.names[row], reason) for row in np.setdiff1d(np.arange(len(split)), rows)]
            parts[part] = split.take(rows)
            parts[part].labels = numbers
        return ClassChoice([self.classes[label] for label in labels], parts, [*self.left_out, *others], self.notes)


def alike(classes: Iterable[str], cure: str) -> list[str]:
    """A line for all classes that differ only in capitals or blanks; `cure` is what to do if they are one."""
    by_folded_name = defaultdict(list)
    for name in classes:
        by_folded_name["".join(name.split()).casefold()].append(name)
    return [
        f"classes {' and '.join(map(repr, some))} differ only in capitals or blanks; if they are one, {cure}"
        for some in by_folded_name.values()
        if len(some) > 1
    ]


def of_names(choice: ClassChoice, names: Sequence[object], place: str) -> ClassChoice:
    """The classes of these names.

    Raises:
        BadInput: there is no class of a name; with the nearest.
    """
    wanted = [unicodedata.normalize("NFC", str(name)) for name in names]
    known = choice.classes
    accepted = ", ".join(known[:MOST]) + (f" and {len(known) - MOST} more" if len(known) > MOST else "")
    problems = [
        f"data.classes: {place} has no class '{name}'; accepted: {accepted}.{nearest(name, known)}"
        for name in dict.fromkeys(wanted)
        if name not in known
    ]
    if problems:
        raise BadInput(*problems)
    return choice.only([label for label, name in enumerate(known) if name in wanted], NOT_NAMED)


def with_enough_images(choice: ClassChoice, least: int, always: Collection[str] = ()) -> ClassChoice:
    """The classes with so many readable images in all parts together.

    Args:
        always: classes that stay, however few images they have.
    """
    questions = [label for label, name in enumerate(choice.classes) if name not in always] if least else []
    counts = dict(
        zip(questions, in_threads(lambda label: readable(choice.parts, label, least), questions), strict=True)
    )
    few = {choice.classes[label]: count for label, count in counts.items() if count < least}
    if not few:
        return choice
    names = ", ".join(f"{name} ({count})" for name, count in list(few.items())[:MOST])
    rest = f" and {len(few) - MOST} more" if len(few) > MOST else ""
    classes = "class" if len(few) == 1 else "classes"
    note = f"{classes} left out, with fewer readable images than data.min_images={least}: {names}{rest}"
    enough = [label for label, name in enumerate(choice.classes) if name not in few]
    warned = replace(choice, notes=[*choice.notes, note])
    return warned.only(enough, f"in a class with fewer than data.min_images={least} images")


def readable(parts: Mapping[str, Split], label: int, enough: int) -> int:
    """How many images of a class can be read; no more than `enough` are opened that can."""
    count = 0
    for split in parts.values():
        for row in np.flatnonzero(having(split.labels, label)):
            if count == enough:
                return count
            try:
                split.read(int(row))
            except UnreadableImage:
                continue
            count += 1
    return count
