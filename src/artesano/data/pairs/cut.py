"""Parts that the data do not come in are cut from the training part, alike from every stratum; families stay whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from artesano.data.splits import by_class

T = TypeVar("T")


def cut_parts(
    present: dict[str, list[T]],
    of: Callable[[T], str],
    shares: dict[str, float],
    seed: int,
    files: Callable[[T], Sequence[str]] = lambda item: (),
) -> dict[str, list[T]]:
    """train, val and test, those that are present as they are.

    Args:
        of: the stratum of an item. Strata too small to give one to every part are taken together.
        shares: part -> share of the whole training part.
        seed: `split_seed`.
        files: of an item. Items that share a file go into one part, in the stratum of the first of them, unless a part
            would be left empty by that.
    """
    missing = {part: share for part, share in shares.items() if part not in present}
    if not missing:
        return present
    items = present["train"]
    members: dict[int, list[int]] = {}
    for row, first in enumerate(families([files(item) for item in items])):
        members.setdefault(first, []).append(row)
    whole = list(members.values())
    parts: dict[str, list[int]] = {part: [] for part in [*missing, "train"]}
    for rows in by_class(numbered([of(items[family[0]]) for family in whole], min(missing.values())), seed):
        left = {family: len(whole[family]) for family in rows.tolist()}
        total = sum(left.values())
        for part, share in missing.items():
            count = min(max(1, round(share * total)), max(0, sum(left.values()) - 1))  # the training part keeps one
            for family in fitting(left, count):
                parts[part].append(family)
                del left[family]
        parts["train"] += left
    if len(whole) < len(items) and not all(parts.values()):
        return cut_parts(present, of, shares, seed)
    rows_of = {part: sorted(row for family in own for row in whole[family]) for part, own in parts.items()}
    return present | {part: [items[row] for row in rows] for part, rows in rows_of.items()}


def fitting(sizes: dict[int, int], count: int) -> list[int]:
    """Families of `count` items together, or fewer, in their order; one that is too large where none fits.

    Args:
        sizes: family -> its items.
    """
    chosen, room = [], count
    for family, size in sizes.items():
        if size <= room:
            chosen.append(family)
            room -= size
    smallest = min(sizes, key=sizes.__getitem__, default=None)
    if not chosen and count and smallest is not None and 2 * sizes[smallest] <= sum(sizes.values()):
        return [smallest]
    return chosen


def families(files: Sequence[Sequence[str]]) -> list[int]:
    """For each item the first one that it shares a file with, directly or through others: itself where there is none.

    Args:
        files: of each item.
    """
    before = list(range(len(files)))  # an earlier item of the same family, or itself
    owner: dict[str, int] = {}  # file -> an item that has it

    def first(item: int) -> int:
        while before[item] != item:
            before[item] = before[before[item]]
            item = before[item]
        return item

    for item, own in enumerate(files):
        for file in own:
            one, other = first(item), first(owner.setdefault(file, item))
            before[max(one, other)] = min(one, other)
    return [first(item) for item in range(len(files))]


def numbered(strata: Sequence[str], share: float) -> np.ndarray:
    """int64 [N], a number for each stratum; one for all those with fewer than 1 / share items."""
    sizes = Counter(strata)
    large = sorted(name for name, size in sizes.items() if size * share >= 1)
    number = {name: place for place, name in enumerate(large, start=1)}
    return np.array([number.get(name, 0) for name in strata], dtype=np.int64)
