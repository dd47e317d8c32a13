"""What is told, or refused, when images of a split cannot be read or look odd."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from artesano.data.dataset import Listing
from artesano.data.io.images import UnreadableImage
from artesano.data.labels import counts, having, present
from artesano.data.prefetch import in_threads
from artesano.data.splits import Split
from artesano.errors import BadInput
from artesano.file_names import Failure, failures, remarked


def check_classes(
    place: str, classes: Sequence[str], before: np.ndarray, after: np.ndarray, unreadable: Sequence[Failure]
) -> None:
    """A class of which no training image could be read would leave a result over the others.

    Args:
        before, after: int64 [K], images of each class in all of the training part, and those that could be read.

    Raises:
        BadInput: there is such a class.
    """
    gone = np.flatnonzero((before > 0) & (after == 0)).tolist()
    if gone:
        names = ", ".join(f"'{classes[label]}' ({before[label]})" for label in gone[:5])
        raise BadInput(
            f"{place}: none of the training images could be read of class {names}"
            + (f" and {len(gone) - 5} classes more" if len(gone) > 5 else ""),
            *failures(unreadable)[:5],
        )


def check_classes_by_one_image(place: str, classes: Sequence[str], split: Split) -> None:
    """The same where images are streamed: of each class, images are opened until one can be read.

    Raises:
        BadInput: a class has none.
    """

    def first_readable(label: int) -> list[Failure] | None:
        reasons = []
        for row in np.flatnonzero(having(split.labels, label)):
            try:
                split.read(int(row))
            except UnreadableImage as error:
                reasons.append(error.failure)
            else:
                return None
        return reasons

    labels = present(split.labels)
    outcomes = dict(zip(labels, in_threads(first_readable, labels), strict=True))
    readable = np.array([outcomes.get(label, ()) is None for label in range(len(classes))])
    unreadable = [reason for reasons in outcomes.values() for reason in reasons or []]
    check_classes(place, classes, counts(split.labels, len(classes)), readable, unreadable)


def check_listing(place: str, listing: Listing, rows: Mapping[str, np.ndarray], unreadable: Sequence[Failure]) -> None:
    """What a run with these data in memory would refuse.

    Args:
        rows: part -> int64 [K], rows that can be read.

    Raises:
        BadInput: a part, or a class of the training part, of which no image can be read.
    """
    for part, readable in rows.items():
        if len(listing.splits[part]) and not len(readable):
            raise BadInput(f"{place}: no image of the {part} split could be read", *failures(unreadable))
    labels, classes = listing.splits["train"].labels, listing.classes
    before, after = (counts(some, len(classes)) for some in (labels, labels[rows["train"]]))
    check_classes(place, classes, before, after, unreadable)


def remarks_told(remarks: Mapping[str, str]) -> list[str]:
    """A line for each remark on images, which are used all the same."""
    return list(remarked(remarks.items()))
