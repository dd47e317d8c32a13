"""A split decoded batch by batch in worker processes, for data that do not fit in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from pytorch_lightning.utilities.seed import isolate_rng
from timm.data import create_transform
from torch import Tensor
from torch.utils.data import Dataset

from artesano import seeding
from artesano.data.batches import LabelledImages
from artesano.data.io.images import UnreadableImage, to_mode
from artesano.data.memory import Plan
from artesano.data.preprocessing import Preprocessing
from artesano.data.processes import in_processes
from artesano.data.splits import Split
from artesano.errors import BadInput
from artesano.file_names import Failure
from artesano.file_names import failures as grouped_failures

# RandAugment of timm's recipes, and AutoAugment's ImageNet policy
POLICIES = {"strong": "rand-m9-mstd0.5-inc1", "auto": "original-mstd0.5"}


class Stream:
    """Batches of one split.

    Args:
        transform: (row, step) -> uint8 [C, H, W]; step None = evaluation.
        report: called with `path: reason` of the files that could not be read.
    """

    def __init__(self, split: Split, decoder: Decoder, workers: int, report: Callable[[list[Failure]], None]):
        self.split = split
        self.decoder = decoder
        self.workers = workers
        self.report = report

    def batches(self, plan: Plan) -> Iterator[LabelledImages]:
        """The planned batches, uint8, in order.

        An unreadable image is left out of an evaluation; in training the next readable one of its batch stands in,
        or where there is none the next one of the split, so that batch sizes do not depend on files.
        """
        labels = torch.from_numpy(self.split.labels)
        for images, index, failures in in_processes(self.decoder, plan, self.workers):
            if failures:
                self.report(failures)
            if len(index) == 0:  # of an evaluation
                continue
            yield LabelledImages(images.permute(0, 3, 1, 2), labels[index], index)

    def at(self, index: Tensor) -> Tensor:
        """uint8 [N, C, H, W] of these rows, without augmentation.

        For an unreadable one the next of these, else of the split: rows stay where they are, beside their labels.

        Raises:
            BadInput: none can be read.
        """
        rows = index.numpy()
        images, read, failures = self.decoder[None, rows]
        for ahead in range(1, len(self.split)):
            if len(read):
                break
            images, read, more = self.decoder[None, np.array([(rows[-1] + ahead) % len(self.split)])]
            failures += more
        if failures:
            self.report(failures)
        if len(read) == 0:
            raise BadInput("no image of this part could be read", *grouped_failures(failures))
        if len(read) < len(rows):
            count = len(self.split)
            images = images[[int(torch.argmin((read - int(row)) % count)) for row in rows]]
        return images.permute(0, 3, 1, 2)


class Decoder(Dataset):
    """Decodes whole batches in a worker; what it returns depends on (step, rows), never on the worker.

    Args:
        augment: `strong` or `auto`; anything else decodes as for evaluation (`light` is done on the device).
    """

    def __init__(self, split: Split, preprocessing: Preprocessing, augment: str, flip: bool, seed: int):
        self.read, self.rows = split.read, len(split)
        self.preprocessing = preprocessing
        self.seed = seed
        self.augment = random_transform(preprocessing, augment, flip) if augment in POLICIES else None

    def __getitem__(self, key: tuple[int | None, np.ndarray]) -> tuple[Tensor, Tensor, list[Failure]]:
        step, rows = key
        decoded: dict[int, np.ndarray] = {}
        failures: list[Failure] = []
        for place, row in enumerate(rows):
            try:
                decoded[place] = self._decode(int(row), step)
            except UnreadableImage as error:
                failures.append(error.failure)
        if step is not None and not decoded:
            return self._stand_ins(step, rows, failures)
        places = list(decoded)
        if step is not None:
            places = [min(decoded, key=lambda other, at=at: (other - at) % len(rows)) for at in range(len(rows))]  # type: ignore[misc]
        size, channels = self.preprocessing.size, self.preprocessing.channels
        images = np.empty((len(places), size, size, channels), dtype=np.uint8)
        for to, place in enumerate(places):
            images[to] = decoded[place].transpose(1, 2, 0)
        return torch.from_numpy(images), torch.from_numpy(rows[places]), failures

    def _stand_ins(self, step: int, rows: np.ndarray, failures: list[Failure]) -> tuple[Tensor, Tensor, list[Failure]]:
        """A batch of the first image after those of an unreadable batch; a function of (step, rows) too."""
        for ahead in range(1, self.rows):
            row = int(rows[-1] + ahead) % self.rows
            try:
                image = self._decode(row, step).transpose(1, 2, 0)
            except UnreadableImage as error:
                failures.append(error.failure)
                continue
            images = np.ascontiguousarray(np.broadcast_to(image, (len(rows), *image.shape)))
            return torch.from_numpy(images), torch.full((len(rows),), row), failures
        raise BadInput("no image of the training part could be read", *grouped_failures(failures))

    def _decode(self, row: int, step: int | None) -> np.ndarray:
        image = self.read(row)
        if step is None or self.augment is None:
            return self.preprocessing(image)
        with isolate_rng(include_cuda=False):  # without workers this runs between two training steps
            seeding.seed_everything(self.seed, "augment", step, row)
            return self.preprocessing.planes(self.augment(image))


def random_transform(preprocessing: Preprocessing, augment: str, flip: bool) -> Callable:
    """timm's training transform, without its normalisation: PIL image -> uint8 [1 or 3, size, size].

    Its policies work on RGB, so grey comes last.
    """
    transform = create_transform(
        preprocessing.size,
        is_training=True,
        auto_augment=POLICIES[augment],
        hflip=0.5 if flip else 0.0,
        interpolation="random",
        mean=(preprocessing.mean * 3)[:3],  # fills what a rotation leaves empty
        normalize=False,
    )

    def apply(image) -> np.ndarray:
        pixels = transform(to_mode(image, 3)).numpy()
        if preprocessing.channels != 1:
            return pixels
        return (pixels * np.array([0.299, 0.587, 0.114])[:, None, None]).sum(0, keepdims=True).round().astype(np.uint8)

    return apply
