"""Labels of images in their two forms, and what is counted and chosen by them.

One label each: int64 [N], the class. Several: uint8 [N, K], 1 where an image has the label; a row of zeros has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from artesano import seeding

Groups = dict[Any, np.ndarray]  # name -> rows
Label = int | tuple[int, ...]  # of one image: its class, or all of its labels, ascending
JOINT = ";"  # between the labels of an image where they are one text
FEW = 10  # images of a set of labels, below which it is cut together with others


def several(labels: np.ndarray | Tensor) -> bool:
    """True where an image may have several labels."""
    return labels.ndim == 2


def of_image(labels: np.ndarray, row: int) -> Label:
    """The label, or all labels, of one image."""
    return tuple(np.flatnonzero(labels[row]).tolist()) if several(labels) else int(labels[row])


def as_array(labels: Sequence[Label], classes: int, form: type) -> np.ndarray:
    """The labels of all images, of a list with an item for each.

    Args:
        form: `int` or `tuple`, of which the items are; there may be none.
    """
    if form is int:
        return np.array(labels, dtype=np.int64)
    rows = np.zeros((len(labels), classes), dtype=np.uint8)
    for row, some in zip(rows, labels, strict=True):
        row[list(some)] = 1  # type: ignore[arg-type]
    return rows


def text(label: Label, classes: Sequence[str]) -> str:
    """`cat`, or `cat;dog`; "" of an image without labels."""
    return classes[label] if isinstance(label, int) else JOINT.join(classes[one] for one in label)


def counts(labels: np.ndarray, classes: int) -> np.ndarray:
    """int64 [classes], images of each class."""
    return labels.sum(axis=0, dtype=np.int64) if several(labels) else np.bincount(labels, minlength=classes)


def having(labels: np.ndarray, label: int) -> np.ndarray:
    """bool [N], images that have the label."""
    return labels[:, label] == 1 if several(labels) else labels == label


def present(labels: np.ndarray) -> list[int]:
    """Classes with an image or more."""
    return np.flatnonzero(labels.any(axis=0)).tolist() if several(labels) else np.unique(labels).tolist()


def only(labels: np.ndarray, used: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which images stay where these classes alone are used (ascending), and their labels, counted anew from 0.

    An image stays with those of its labels that are used. It goes if it has labels and none of them is used.
    """
    if several(labels):
        rows = np.flatnonzero(labels[:, used].any(axis=1) | ~labels.any(axis=1))
        return rows, labels[rows][:, used]
    rows = np.flatnonzero(np.isin(labels, used))
    return rows, np.searchsorted(used, labels[rows]).astype(np.int64)


def pools(labels: np.ndarray) -> Groups:
    """Class -> its rows; an image of several labels is in several pools, and -1 has those without any."""
    rows = {label: np.flatnonzero(having(labels, label)) for label in present(labels)}
    if several(labels) and len(without := np.flatnonzero(~labels.any(axis=1))):
        rows[-1] = without
    return rows


def strata(labels: np.ndarray) -> Groups:
    """Rows that are cut in the same shares, by a name: those of a class, or those with the same set of labels.

    Of sets with fewer than `FEW` images, from which no share could be cut, those with the same rarest label are one.
    """
    if not several(labels):
        return pools(labels)
    frequency = labels.sum(axis=0, dtype=np.int64)
    sets, place, images = np.unique(labels, axis=0, return_inverse=True, return_counts=True)
    names = []
    for row, count in zip(sets, images, strict=True):
        some = np.flatnonzero(row)
        rarest = some[frequency[some].argmin()] if count < FEW and len(some) else None
        names.append(" ".join(map(str, some)) if rarest is None else f"rarest {rarest}")
    stratum = np.array(names)[place.ravel()] if len(labels) else np.array([], dtype=str)
    return {str(name): np.flatnonzero(stratum == name) for name in np.unique(stratum)}


def shuffled(groups: Groups, seed: int) -> list[np.ndarray]:
    """The rows of each group in an order that depends on the seed and the group's name only."""
    return [
        some[torch.randperm(len(some), generator=seeding.generator(seed, "split", name)).numpy()]
        for name, some in groups.items()
    ]


def soft(labels: Tensor, classes: int) -> Tensor:
    """float [N, classes] in [0, 1]: what of each label an image has."""
    return labels.float() if several(labels) else F.one_hot(labels, classes).float()
