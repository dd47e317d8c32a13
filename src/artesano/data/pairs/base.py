"""What every set of image pairs has: common options, the checks before a run."""

# No `from __future__ import annotations`: the annotations are the schema that YAML values are validated against.

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from artesano.data.pairs.listing import PairListing
from artesano.data.splits import by_class
from artesano.errors import BadInput

MOST = 20  # problems that are printed
FEW = 4  # names in one problem


@dataclass(kw_only=True)
class PairData:
    """Base of all sets of pairs: a subclass adds its options and says where the images are.

    Args:
        batch_size: pairs of a step, over all devices together.
        crop: px of a side of the target in training: the run's `image_size`. None = not known, enough for a look.
        split_seed: moves the split and the choice of `fraction`; a run's `seed` never does.
        val_fraction, test_fraction: cut from the training part where the data have no such part.
        fraction: share of the training part to use.
        flip: mirror and quarter turns in training, the same for both sides.
        pairing: `shuffled` = in training the target comes from another row, drawn independently: what is left is a
            control experiment, or data without partners. Validation and test stay paired.
        in_memory: keep the decoded images; `auto` = when they take less than `memory_limit_gb`.
        workers: processes that decode when images are streamed; no batch depends on their number.
        strict: an unreadable image is an error.
        max_eval: at most so many images of `val` and of `test`, evenly chosen, one at least of each label.
    """

    batch_size: Annotated[int, Field(ge=1)] = 16
    crop: Annotated[int, Field(ge=1)] | None = None
    split_seed: int = 0
    val_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.1
    test_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.2
    fraction: Annotated[float, Field(gt=0, le=1)] | None = None
    flip: bool = True
    pairing: Literal["given", "shuffled"] = "given"
    in_memory: Literal["auto"] | bool = "auto"
    memory_limit_gb: Annotated[float, Field(ge=0)] = 2.0
    workers: Annotated[int, Field(ge=0)] = 2
    strict: bool = False
    max_eval: Annotated[int, Field(ge=1)] | None = None

    # True while the caller is going to list what cannot be read; else a warning names it as soon as it is found
    listed_later = False

    def base(self) -> Path | None:
        """The folder of the files, where each image is one; None: the images are a function of the options."""
        return None

    def read(self) -> PairListing:
        """All three parts, before `fraction` and `max_eval`.

        Raises:
            BadInput: the data are not there, with what to do about it.
        """
        raise NotImplementedError

    def problems(self, scale: int) -> Iterator[str]:
        """What is wrong with the images, one line each, that can be known without decoding them."""
        raise NotImplementedError

    def place(self) -> str:
        """Where the images are, for messages."""
        return getattr(self, "root", None) or type(self).__name__

    def listing(self) -> PairListing:
        """Parts and facts, read once.

        Raises:
            BadInput: what `read` raises.
        """
        return self._listing

    def check(self, scale: int) -> None:
        """All that can be known before decoding.

        Args:
            scale: sides of a target over those of its source.

        Raises:
            BadInput: no images; pairs that do not match in name, number or size; a source that is not target / scale;
                images smaller than the crop; other channels than the first image; a part without images.
        """
        problems = []
        if self.val_fraction + self.test_fraction >= 1:
            total = self.val_fraction + self.test_fraction
            problems.append(f"data.val_fraction + data.test_fraction is {total:g}: nothing is left to train on")
        if self.crop is not None and self.crop % scale:
            less = self.crop // scale * scale
            near = f"{less} or {less + scale}" if less else str(scale)
            problems.append(f"image_size={self.crop}: not a multiple of scale={scale}; give {near}")
        if problems:
            raise BadInput(*problems)
        listing = self.listing()
        if self.strict:
            problems += [f"unreadable image {failure} (data.strict=true)" for failure in listing.skipped]
        problems += self.problems(scale)
        sizes = ", ".join(f"{name} {len(part)}" for name, part in listing.parts.items())
        if empty := [name for name, part in listing.parts.items() if not len(part)]:
            parts = f"{' and '.join(empty)} part{'s' * (len(empty) > 1)}"
            problems.append(f"{self.place()}: no image for the {parts} ({sizes}); give more images")
        if problems:
            more = [f"... and {len(problems) - MOST} more"] if len(problems) > MOST else []
            raise BadInput(*problems[:MOST], *more, *listing.notes)

    @functools.cached_property
    def _listing(self) -> PairListing:
        listing = self._whole
        parts = dict(listing.parts)
        if self.fraction is not None:
            rows = [kept[: max(1, round(self.fraction * len(kept)))] for kept in self._by_label(parts["train"].labels)]
            parts["train"] = parts["train"].take(np.sort(np.concatenate(rows)))
        for name in ("val", "test"):
            if self.max_eval is not None and len(parts[name]) > self.max_eval:
                parts[name] = parts[name].take(evenly(parts[name].labels, self.max_eval))
        return replace(listing, parts=parts)

    def _by_label(self, labels: np.ndarray) -> list[np.ndarray]:
        return by_class(labels, self.split_seed) or [np.arange(0)]

    @functools.cached_property
    def _whole(self) -> PairListing:
        return self.read()


def evenly(labels: np.ndarray, count: int) -> np.ndarray:
    """int64: `count` rows from the beginning to the end, and one of each label where `count` allows it."""
    rows = ((np.arange(count) + 0.5) * len(labels) / count).astype(np.int64)
    kept = {int(label): int((labels[rows] == label).sum()) for label in np.unique(labels)}
    for label in [label for label, number in kept.items() if not number]:
        most = max(kept, key=kept.__getitem__)
        if kept[most] < 2:
            break
        own, others = np.flatnonzero(labels == label), np.flatnonzero(labels[rows] == most)
        rows[others[len(others) // 2]] = own[len(own) // 2]
        kept[most], kept[label] = kept[most] - 1, 1
    return np.sort(rows)


def some(names: list[str], most: int = FEW) -> str:
    """The first few, and how many more there are."""
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest
