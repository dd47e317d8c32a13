"""The data path that bench_image_gan.py --data times, a process each: `bench_pair_data.py <variant> <task> <folder>`.

`sr`: a crop of 96 px of a photo, turned in one of eight ways, and the same at a quarter of its size by bicubic
interpolation. `pairs`: the same place of both halves of a picture of two, 64 px, mirrored or turned alike. Both as
normalised floats, 16 in a batch. A torch DataLoader as tutorials write it does the same work image by image.

Images a second depend on what else the machine does; the processor's time of an image, over this process and its
workers, hardly does.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from pace import Enough, Pace, say
from PIL import Image, ImageFilter
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import functional as transforms

from artesano.data.degradations import Bicubic, Identity
from artesano.data.pairs.loaders import PairLoaders
from artesano.data.pairs.paired_folder import PairedFolder
from artesano.data.pairs.sr_folder import SrFolder
from artesano.experiment.process import keep_freed_memory

BATCH, WORKERS, FOREVER = 16, 2, 1_000_000
CROP = {"sr": 96, "pairs": 64}
SCALE = 4
TURNS = (None, *Image.Transpose)  # the eight ways to lay an image


class ProcessorTurns(Pace):
    """Counts all batches of a turn, in seconds and in processor's time."""

    def tick(self, images: int) -> None:
        self.gaps.append(images)
        if len(self.gaps) == self.skip:
            self.last, self.used = time.perf_counter(), processor_seconds()
        if len(self.gaps) == self.steps:
            counted = sum(self.gaps[self.skip :])
            speed = counted / (time.perf_counter() - self.last)
            say({"images_per_second": speed, "cpu_ms": 1000 * (processor_seconds() - self.used) / counted})
            self.wait()


def processor_seconds() -> float:
    """Of this process and of its workers, so far."""
    ticks = 0
    for worker in multiprocessing.active_children():
        fields = Path(f"/proc/{worker.pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])  # in user and in system mode
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


class Plain(Dataset):
    """Opens, crops, turns and converts one image at a time."""

    def __init__(self, task: str, folder: Path):
        self.task, self.files = task, sorted(file for file in folder.iterdir() if file.is_file())

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, row: int) -> tuple[torch.Tensor, torch.Tensor]:
        image, side = Image.open(self.files[row]).convert("RGB"), CROP[self.task]
        width = image.width if self.task == "sr" else image.width // 2
        left, top = random.randrange(width - side + 1), random.randrange(image.height - side + 1)
        turn = random.choice(TURNS)
        target = turned(image.crop((left, top, left + side, top + side)), turn)
        if self.task == "sr":
            source = target.resize((side // SCALE, side // SCALE), Image.Resampling.BICUBIC)
        else:
            source, left = target, left + width
            target = turned(image.crop((left, top, left + side, top + side)), turn)
        return normalised(source), normalised(target)


def turned(image: Image.Image, turn: Image.Transpose | None) -> Image.Image:
    return image if turn is None else image.transpose(turn)


def normalised(image: Image.Image) -> torch.Tensor:
    return transforms.normalize(transforms.to_tensor(image), [0.5] * 3, [0.5] * 3)


def plain(task: str, folder: Path) -> Iterator[Any]:
    """A DataLoader with two workers that live on from epoch to epoch."""
    data = Plain(task, folder)
    loader = DataLoader(data, BATCH, shuffle=True, drop_last=True, num_workers=WORKERS, persistent_workers=True)
    while True:
        yield from loader


def stream(task: str, folder: Path) -> Iterator[Any]:
    """Ours, decoded by two processes, again in every epoch."""
    return ours(task, folder, in_memory=False)


def memory(task: str, folder: Path) -> Iterator[Any]:
    """Ours, decoded once."""
    return ours(task, folder, in_memory=True)


def ours(task: str, folder: Path, in_memory: bool) -> Iterator[Any]:
    options: Any = {"batch_size": BATCH, "crop": CROP[task], "in_memory": in_memory, "workers": WORKERS}
    options |= {"root": str(folder), "val_fraction": 0.01, "test_fraction": 0.01}
    data = SrFolder(**options) if task == "sr" else PairedFolder(**options)
    degradation = Bicubic(SCALE) if task == "sr" else Identity()
    loaders = PairLoaders(data, degradation=degradation, mean=0.5, std=0.5, seed=0)
    for step, batch in enumerate(loaders.train(lambda: 0, FOREVER)):
        yield loaders.prepare(batch, step)


def drawn_images(task: str, folder: Path, count: int) -> None:
    """Soft noise, 256 px a side, half JPEG and half lossless WebP; two of them side by side for `pairs`."""
    random.seed(0)
    folder.mkdir(parents=True)
    wide = 1 if task == "sr" else 2
    for number in range(count):
        coarse = Image.frombytes("RGB", (wide * 64, 64), random.randbytes(wide * 64 * 64 * 3))
        image = coarse.resize((wide * 256, 256), Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(2))
        if number % 2:
            image.save(folder / f"{number}.jpg", quality=90)
        else:
            image.save(folder / f"{number}.webp", lossless=True)


VARIANTS = (plain, stream, memory)

if __name__ == "__main__":
    keep_freed_memory()
    chosen = {variant.__name__: variant for variant in VARIANTS}[sys.argv[1]]
    batches = chosen(sys.argv[2], Path(sys.argv[3]))
    next(batches)  # starts the workers, or fills the memory
    pace = ProcessorTurns()
    with suppress(Enough):
        pace.begin()
        for batch in batches:
            pace.tick(len(batch[1]))
