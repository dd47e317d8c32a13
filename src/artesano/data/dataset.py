"""What every image data set has: common options, the cut into parts, the checks before a run."""

# No `from __future__ import annotations`: the annotations are the schema that YAML values are validated against.

import functools
import hashlib
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from artesano.data.class_choice import ClassChoice, of_names, with_enough_images
from artesano.data.files_of_run import FilesOfRun, Listed
from artesano.data.io.walk import LeftOut
from artesano.data.labels import as_array, counts, of_image
from artesano.data.splits import Files, Split, cut, subset
from artesano.errors import BadInput
from artesano.file_names import Failure, grouped

PARTS = ("train", "val", "test")
logger = logging.getLogger("artesano.data")
UNLABELLED = "unlabelled"  # the only class of images that have none


@dataclass
class Listing:
    """What is in a data set, before any image is decoded.

    Args:
        splits: `train`, `val` and `test`, after cutting and after `fraction` or `shots`. Files that turn out to be
            unreadable leave their split when it is decoded (before the order of training is made).
        fingerprint: changes with any name, label, file size or modification time.
        skipped: files that could not be read, as `path: reason`.
        left_out: files that are not read, and why.
        notes: what is worth a line besides.
    """

    classes: list[str]
    splits: dict[str, Split]
    fingerprint: str
    skipped: list[Failure] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def messages(self) -> list[str]:
        """What is not read, a line for each reason, and the notes."""
        return [*grouped(self.left_out), *self.notes]


@dataclass(kw_only=True)
class ImageData:
    """Base of all image data sets: a subclass adds its options and says where the images are.

    Args:
        batch_size: images of a step, over all devices together.
        split_seed: moves the split and the choice of `fraction` and `shots`; a run's `seed` never does, so two runs
            with other seeds see the same five images per class.
        val_fraction, test_fraction: cut from the training part, per class, where the data have no such part.
        fraction: share of the training part to use, per class.
        shots: training images per class.
        classes: use these alone, in the order of the data set; an image stays in its part. None = all.
        min_images: a class with fewer readable images, in all parts together, is left out with a warning, where
            labels are used.
        balance: draw classes equally often.
        augment: `light` = crop, mirror, brightness and contrast per image, on the device; `strong` = RandAugment and
            `auto` = AutoAugment on random resized crops, by timm, streamed.
        flip: may an image be mirrored when it is augmented?
        mixup, cutmix: alpha of the Beta distribution that draws the mixing weight; 0 = off; with both, a coin decides.
        erase: probability of erasing a random rectangle.
        in_memory: keep the decoded uint8 images; `auto` = when they take less than `memory_limit_gb`.
        workers: processes that decode when images are streamed.
        strict: an unreadable image is an error.
    """

    batch_size: Annotated[int, Field(ge=1)] = 64
    split_seed: int = 0
    val_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.1
    test_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.2
    fraction: Annotated[float, Field(gt=0, le=1)] | None = None
    shots: Annotated[int, Field(ge=1)] | None = None
    classes: Annotated[list[str | int | float], Field(min_length=1)] | None = None
    min_images: Annotated[int, Field(ge=0)] = 2
    balance: bool = False
    augment: Literal["none", "light", "strong", "auto"] = "none"
    flip: bool = True
    mixup: Annotated[float, Field(ge=0)] = 0.0
    cutmix: Annotated[float, Field(ge=0)] = 0.0
    erase: Annotated[float, Field(ge=0, le=1)] = 0.0
    in_memory: Literal["auto"] | bool = "auto"
    memory_limit_gb: Annotated[float, Field(gt=0)] = 2.0
    workers: Annotated[int, Field(ge=0)] = 2
    strict: bool = False

    # the files of a run and those of them that are gone, once `keep` was called
    kept: tuple[FilesOfRun, frozenset[str]] | None = field(default=None, init=False, repr=False, compare=False)
    # True while the caller is going to list what cannot be read; else a warning names it as soon as it is found
    listed_later = False
    # classes of a run, which stay however few images they have by now
    always: frozenset[str] = field(default=frozenset(), init=False, repr=False, compare=False)

    @property
    def several(self) -> bool:
        """True where an image may have several labels."""
        return False

    @property
    def changing(self) -> bool:
        """True where an image is not the same each time that it is trained on."""
        return self.augment != "none" or self.mixup > 0 or self.cutmix > 0 or self.erase > 0

    def read_splits(self) -> tuple[list[str], dict[str, Split]]:
        """Class names, and the parts the data come in: any of train, val, test; train must be there.

        Raises:
            BadInput: the data are not there, with what to do about it.
        """
        raise NotImplementedError

    def left_out(self) -> list[LeftOut]:
        """Files that lie there and are not read, and why."""
        return []

    def notes(self) -> list[str]:
        """What is worth a line besides."""
        return []

    def deeper(self) -> str:
        """Where classes may be found if there is only one here: the end of a message."""
        return ""

    def place(self) -> str:
        """Where the images are, for messages."""
        return getattr(self, "root", None) or type(self).__name__

    def base(self) -> Path | None:
        """The folder of the files, where each image is one; None: the images are a function of the options."""
        return None

    def files(self) -> tuple[list[str], list[Listed]]:
        """Classes, and the files of all parts before `fraction` and `shots`.

        Raises:
            BadInput: what `read_splits` raises.
        """
        classes, parts = self._choice.classes, self._choice.parts
        return classes, [
            Listed(part, of_image(split.labels, row), name)
            for part, split in parts.items()
            for row, name in enumerate(split.names)
        ]

    def keep(self, files: FilesOfRun, gone: frozenset[str]) -> None:
        """Take classes and parts from the files that a run began with, before anything is read.

        Args:
            gone: what is left out; it still counts for the choice of `fraction` and `shots`.
        """
        self.kept = files, gone

    def listing(self) -> Listing:
        """Classes and splits, read once.

        Raises:
            BadInput: what `read_splits` raises.
        """
        return self._listing

    def check(self, labels: bool = True) -> None:
        """All that can be known before decoding.

        Args:
            labels: classes are needed; without, one class or images without any are fine.

        Raises:
            BadInput: missing or empty folder, one class only, a class missing from the training part, an empty part,
                fewer images than shots.
        """
        problems = []
        if self.fraction is not None and self.shots is not None:
            problems.append("data.fraction and data.shots were both given; choose one")
        if self.val_fraction + self.test_fraction >= 1:
            total = self.val_fraction + self.test_fraction
            problems.append(f"data.val_fraction + data.test_fraction is {total:g}: nothing is left to train on")
        if problems:
            raise BadInput(*problems)
        choice = self._choice
        classes, parts = choice.classes, choice.parts
        if not labels:
            return
        if classes == [UNLABELLED]:
            raise BadInput(
                f"{self.place()} holds {sum(map(len, parts.values()))} images but no class folder; "
                "put each class into its own subfolder",
                *grouped(self.left_out()),
            )
        if len(classes) < 2:
            count = sum(map(len, parts.values()))
            there = f"one class only, '{classes[0]}' with {count} images" if classes else "no class"
            needed = f"at least two classes are needed{self.deeper()}"
            raise BadInput(
                f"{self.place()}: {there}; {needed}", *choice.notes, *grouped([*self.left_out(), *choice.left_out])
            )
        problems = list(self._too_few(classes, parts))
        if problems:
            more = [f"... and {len(problems) - 20} more"] if len(problems) > 20 else []
            raise BadInput(*problems[:20], *more, *grouped(self.left_out()))

    def _too_few(self, classes: list[str], parts: dict[str, Split]) -> Iterator[str]:
        """A line for each class without training images, or with fewer than `shots`, and for each empty part.

        A class without validation or test images is no obstacle: a warning says that it is not measured there.
        """
        images = {name: counts(split.labels, len(classes)) for name, split in parts.items()}
        totals = np.sum(list(images.values()), axis=0)
        for part, per_class in images.items():
            absent = np.flatnonzero(per_class == 0)
            if not len(parts[part]):
                sizes = ", ".join(f"{name} {len(split)}" for name, split in parts.items())
                yield f"{self.place()}: no image for the {part} part ({sizes}); give more images"
            elif part == "train":
                for row in absent:
                    yield (
                        f"{self.place()}: class '{classes[row]}' is missing from the train split "
                        f"({totals[row]} images in all)"
                    )
                for name, count in zip(classes, per_class, strict=True):
                    if self.shots is not None and 0 < count < self.shots:
                        yield f"data.shots={self.shots}: class '{name}' of {self.place()} has {count} training images"
            elif len(absent):
                shown = ", ".join(f"{classes[row]} ({totals[row]} in all)" for row in absent[:5])
                shown += f" and {len(absent) - 5} more" if len(absent) > 5 else ""
                logger.warning("%s: no %s image of %s: not measured there", self.place(), part, shown)

    @functools.cached_property
    def _listing(self) -> Listing:
        choice = self._choice
        parts = choice.parts
        if self.fraction is not None or self.shots is not None:
            parts = parts | {"train": subset(parts["train"], self.fraction, self.shots, self.split_seed)}
        if self.kept is not None and (gone := self.kept[1]):
            parts = {part: _without(split, gone) for part, split in parts.items()}
        left_out, notes = (self.left_out(), self.notes()) if self.kept is None else ([], [])
        return Listing(
            choice.classes,
            dict(parts),
            fingerprint(choice.classes, parts),
            left_out=[*left_out, *choice.left_out],
            notes=[*choice.notes, *notes],
        )

    @functools.cached_property
    def _choice(self) -> ClassChoice:
        """Classes and all three parts, before `fraction` and `shots`."""
        if self.kept is not None:
            files = self.kept[0]
            return ClassChoice(files.classes, {part: _split(files, part) for part in PARTS})
        classes, parts = self.read_splits()
        missing = {"test": self.test_fraction, "val": self.val_fraction}
        shares = {part: share for part, share in missing.items() if part not in parts}
        whole = parts | (cut(parts["train"], shares, self.split_seed) if shares else {})
        choice = ClassChoice(classes, {part: whole[part] for part in PARTS})
        if self.classes is not None:
            choice = of_names(choice, self.classes, self.place())
        return choice if classes == [UNLABELLED] else with_enough_images(choice, self.min_images, self.always)


def _split(files: FilesOfRun, part: str) -> Split:
    rows = files.part(part)
    paths = [row.file for row in rows]
    return Split(as_array([row.label for row in rows], len(files.classes), files.form), paths, Files(paths))


def _without(split: Split, gone: frozenset[str]) -> Split:
    return split.take(np.flatnonzero([name not in gone for name in split.names]))


def fingerprint(classes: list[str], splits: dict[str, Split]) -> str:
    """16 hexadecimal digits over classes, names, labels, and the size and time of each file."""
    digest = hashlib.blake2b(repr(classes).encode(), digest_size=8)
    for part, split in splits.items():
        digest.update(f"{part} {len(split)}".encode())
        digest.update(split.labels.tobytes())
        for name in split.names:
            digest.update(name.encode("utf-8", "surrogateescape"))
            try:
                stat = os.stat(name)
                digest.update(f"{stat.st_size} {stat.st_mtime_ns}".encode())
            except OSError:  # a name that is no file, or a file that is missing
                pass
    return digest.hexdigest()
