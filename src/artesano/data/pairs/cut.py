"""Parts that the data do not come in are cut from the training part, alike from every stratum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from artesano.data.splits import by_class

T = TypeVar("T")


def cut_parts(
    present: dict[str, list[T]], of: Callable[[T], str], shares: dict[str, float], seed: int
) -> dict[str, list[T]]:
    """train, val and test, those that are present as they are.

    Args:
        of: the stratum of an item. Strata too small to give one to every part are taken together.
        shares: part -> share of the whole training part.
        seed: `split_seed`.
    """
    missing = {part: share for part, share in shares.items() if part not in present}
    if not missing:
        return present
    items = present["train"]
    parts: dict[str, list[int]] = {part: [] for part in [*missing, "train"]}
    for rows in by_class(numbered([of(item) for item in items], min(missing.values())), seed):
        left = rows
        for part, share in missing.items():
            count = min(max(1, round(share * len(rows))), max(0, len(left) - 1))  # the training part keeps one
            parts[part] += left[:count].tolist()
            left = left[count:]
        parts["train"] += left.tolist()
    return present | {part: [items[row] for row in sorted(rows)] for part, rows in parts.items()}


def numbered(strata: Sequence[str], share: float) -> np.ndarray:
    """int64 [N], a number for each stratum; one for all those with fewer than 1 / share items."""
    sizes = Counter(strata)
    large = sorted(name for name, size in sizes.items() if size * share >= 1)
    number = {name: place for place, name in enumerate(large, start=1)}
    return np.array([number.get(name, 0) for name in strata], dtype=np.int64)
