"""Whatever `timm.data.create_dataset` opens: hfds/..., tfds/..., wds/..., torch/..., or a timm folder or tar."""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from timm.data import create_dataset

from artesano.data.dataset import ImageData
from artesano.data.io.images import UnreadableImage, open_image
from artesano.data.io.walk import LeftOut
from artesano.data.splits import Files, Split
from artesano.data.timm_folder import TimmFolder, read_timm_folder
from artesano.errors import BadInput
from artesano.file_names import expanded


@dataclass(kw_only=True)
class TimmDataset(ImageData):
    """A data set by its timm name.

    Args:
        name: e.g. `hfds/cifar100`, `torch/cifar10`, or `folder`, of which a class is the last folder of an image.
        root: where it lies or is downloaded to.
        train_split, val_split, test_split: the names its source uses; None = cut from the training part.
        download: let the source download it.
        input_key, target_key: fields of the image and the label, where the source wants them (hfds, wds, tfds).
    """

    name: str
    root: str | None = None
    train_split: str = "train"
    val_split: str | None = None
    test_split: str | None = None
    download: bool = False
    input_key: str | None = None
    target_key: str | None = None

    def place(self) -> str:
        return f"data.name={self.name}"

    def base(self) -> Path | None:
        return expanded(self.root or "").absolute() if self._is_folder else None

    def left_out(self) -> list[LeftOut]:
        return self._folder.left_out if self._is_folder else []

    @property
    def _is_folder(self) -> bool:
        """Files in folders; a .tar is timm's own."""
        return "/" not in self.name and self.root is not None and not self.root.endswith(".tar")

    @functools.cached_property
    def _folder(self) -> TimmFolder:
        return read_timm_folder(self.root or "", self._split_names, self.input_key)

    @property
    def _split_names(self) -> dict[str, str]:
        """Part -> the name that its source uses."""
        splits = {"train": self.train_split, "val": self.val_split, "test": self.test_split}
        return {part: split for part, split in splits.items() if split is not None}

    def read_splits(self) -> tuple[list[str], dict[str, Split]]:
        if self._is_folder:
            return self._folder.classes, {part: _split(files) for part, files in self._folder.files.items()}
        split_names = self._split_names
        opened = {part: self._open(split) for part, split in split_names.items()}
        labels = {part: _labels(items) for part, items in opened.items()}
        count = 1 + max(int(values.max(initial=-1)) for values in labels.values())
        classes = _class_names(opened["train"], count)
        return classes, {
            part: Split(
                labels[part], [f"{self.name}/{split_names[part]}/{row}" for row in range(len(items))], Items(items)
            )
            for part, items in opened.items()
        }

    def _open(self, split: str) -> Any:
        try:
            items = create_dataset(
                self.name,
                root=self.root and str(expanded(self.root)),
                split=split,
                download=self.download,
                input_key=self.input_key,
                target_key=self.target_key,
            )
            # A stream (tfds, wds) has no i-th item: it is read once and kept
            return items if hasattr(items, "__getitem__") and len(items) else list(items)
        except Exception as error:  # each source has exceptions of its own, and AssertionError for an unknown name
            lines = str(error).strip().splitlines() or [type(error).__name__]
            raise BadInput(
                f"data.name={self.name}, split '{split}': timm cannot open it: {lines[0]}",
                "accepted: hfds/<name>, tfds/<name>, wds/<pattern>, torch/<name>, or folder with data.root=<folder>; "
                "data.download=true where the source can download",
            ) from error


@dataclass
class Items:
    """Reads the images of a data set of (image, label) pairs."""

    items: Any

    def __call__(self, row: int) -> Image.Image:
        # Past timm's own __getitem__, which puts another image in the place of an unreadable one
        reader = getattr(self.items, "reader", None)
        image = self.items[row][0] if reader is None else reader[row][0]
        if isinstance(image, Image.Image):
            return image
        try:
            with image:
                return open_image(image.read())
        except UnreadableImage as error:
            raise UnreadableImage(f"image {row}", str(error)) from error


def _split(files: list[tuple[str, int]]) -> Split:
    paths = [path for path, _ in files]
    return Split(np.array([label for _, label in files], dtype=np.int64), paths, Files(paths))


def _labels(items: Any) -> np.ndarray:
    """int64 [N]; without decoding where the source keeps its labels apart."""
    if (targets := getattr(items, "targets", None)) is not None:
        return np.asarray(targets, dtype=np.int64)
    reader = getattr(items, "reader", None)
    if (samples := getattr(reader, "samples", None)) is not None:
        return np.array([sample[1] for sample in samples], dtype=np.int64)
    if (key := getattr(reader, "label_key", None)) is not None:
        return np.asarray(reader.dataset[key], dtype=np.int64)  # type: ignore[union-attr]
    return np.array([items[row][1] for row in range(len(items))], dtype=np.int64)


def _class_names(items: Any, count: int) -> list[str]:
    reader = getattr(items, "reader", None)
    named = getattr(items, "class_to_idx", None) or getattr(reader, "class_to_idx", None) or {}
    names = {label: str(name) for name, label in named.items()}
    features = getattr(getattr(reader, "dataset", None), "features", None) or {}
    label = features.get(getattr(reader, "label_key", None))
    names |= dict(enumerate(getattr(label, "names", None) or []))
    return [names.get(label, str(label)) for label in range(max(count, len(names)))]
