"""What the benchmark times, a process each: `python scripts/bench_variants.py <variant> <folder> ...`.

bench_transfer.py starts these and says when. `inputs` comes first: images and weights that all of them share.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pace import Enough, Pace, peak_mib, say
from rich.console import Console
from torch import Tensor
from torch.nn import functional as F

from artesano.config.compose import compose
from artesano.data.folder import Folder
from artesano.data.loaders import Loaders
from artesano.data.preprocessing import Preprocessing
from artesano.experiment.process import keep_freed_memory, quieten
from artesano.experiment.stop import StopSignals
from artesano.experiment.trainer import make_trainer
from artesano.kinds.registry import experiment_of

FOREVER = 1_000_000
COMMON = [
    "data=mnist5k",
    "image_size=96",
    "data.batch_size=64",
    "trainer.accelerator=cpu",
    "logger.wandb.mode=disabled",
]
FULL = [*COMMON, "strategy=full", "optimizer.lr=0.001", "schedule=constant", f"max_steps={FOREVER}"]
FREEZE = [*COMMON, "strategy=freeze"]  # its own rate
SIZE, BATCH = 224, 64  # of the data path


def inputs(folder: Path) -> None:
    """The training images as all variants see them, and the pretrained tensors: inputs.pt."""
    training = built(FULL)
    loaders, backbone = training.images, training.module.network.backbone
    rows = range(len(loaders.listing.splits["train"]))
    prep = loaders.preprocessing
    common = {
        "backbone": training.options.backbone,
        "weights": {name: tensor.contiguous() for name, tensor in backbone.state_dict().items()},
        "images": loaders.images("train", list(rows)),
        "labels": torch.from_numpy(loaders.listing.splits["train"].labels),
        "mean": torch.tensor(prep.mean).view(-1, 1, 1),
        "std": torch.tensor(prep.std).view(-1, 1, 1),
        "classes": len(loaders.classes),
        "batch_size": training.data.batch_size,
    }
    torch.save(common, folder / "inputs.pt")
    say({"images": len(rows)})


# Full fine-tuning ---------------------------------------------------------------------------------------------------


class Paced(pl.Callback):
    """Takes turns at the very end of Lightning's batch."""

    def __init__(self) -> None:
        self.pace = Pace()

    def on_train_start(self, trainer: pl.Trainer, module: Any) -> None:
        self.pace.begin()

    def on_train_batch_end(self, trainer: pl.Trainer, module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        self.pace.tick(len(batch.labels))


def artesano(folder: Path) -> None:
    """The real path of `artesano train strategy=full`: training, trainer, saver, metrics.csv, progress bar."""
    keep_freed_memory()
    quieten()
    training = built([*FULL, f"eval_every={FOREVER}"])
    with StopSignals() as stop:
        trainer, *_ = make_trainer(training, folder / "artesano", None, stop, unseen_terminal())
        trainer.callbacks.append(Paced())  # type: ignore[attr-defined]
        training.fit(trainer, None)


def bare(folder: Path, memory_format: torch.memory_format = torch.contiguous_format) -> None:
    """The shortest loop that does the same arithmetic, batches by index."""
    import timm

    common = torch.load(folder / "inputs.pt", weights_only=True)
    net = timm.create_model(common["backbone"], num_classes=common["classes"])
    net.load_state_dict(common["weights"], strict=False)
    net = net.to(memory_format=memory_format).train()
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)
    labels, mean, std = common["labels"], 255 * common["mean"], 255 * common["std"]
    images = common["images"].contiguous()
    if memory_format == torch.channels_last:  # stored so that a batch is copied once
        images = images.permute(0, 2, 3, 1).contiguous()
    pace = Pace()
    pace.begin()
    while True:
        for rows in torch.randperm(len(images)).split(common["batch_size"]):
            batch = images[rows]
            if memory_format == torch.channels_last:
                batch = batch.permute(0, 3, 1, 2)
            loss = F.cross_entropy(net(batch.float().sub_(mean).div_(std)), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            pace.tick(len(rows))


def bare_best(folder: Path) -> None:
    """The same with channels_last; bench_transfer.py starts it with glibc told to keep freed memory."""
    bare(folder, torch.channels_last)


# Freeze -------------------------------------------------------------------------------------------------------------


def freeze(folder: Path, epochs: str, cache: str) -> None:
    """Build, train and test a frozen backbone, on cached features or on images; says seconds and test accuracy."""
    keep_freed_memory()
    quieten()
    began = time.perf_counter()
    training = built([*FREEZE, f"max_epochs={epochs}", f"strategy.cache={cache}"])
    run = folder / f"freeze-{os.getpid()}"
    with StopSignals() as stop:
        trainer, saver, _ = make_trainer(training, run, None, stop, unseen_terminal())
        training.fit(trainer, None)
    metrics = training.measure(run, saver.best)
    seconds = time.perf_counter() - began
    say({"seconds": seconds, "test_accuracy": metrics["last"]["test/accuracy"], "peak_mib": peak_mib()})


# Data path ----------------------------------------------------------------------------------------------------------


def imagefolder(folder: Path, root: str) -> None:
    """torchvision as its tutorials use it: ImageFolder and a DataLoader with two workers."""
    from torch.utils.data import DataLoader
    from torchvision import transforms
    from torchvision.datasets import ImageFolder

    mean, std = Preprocessing(SIZE).mean, Preprocessing(SIZE).std
    steps = [transforms.Resize((SIZE, SIZE)), transforms.RandomHorizontalFlip(), transforms.ToTensor()]
    data = ImageFolder(root, transforms.Compose([*steps, transforms.Normalize(mean, std)]))
    loader = DataLoader(data, BATCH, shuffle=True, num_workers=2)
    passes(lambda _: (images for images, _ in loader), len(loader))


def ours(root: str, in_memory: bool, augment: str = "none") -> None:
    """Our loaders with the same transform: resized to a square, each image mirrored or not, normalised."""
    data = Folder(root=root, batch_size=BATCH, in_memory=in_memory, workers=2, augment=augment)  # type: ignore[arg-type]
    preprocessing = Preprocessing(SIZE, interpolation="bilinear", crop_pct=1.0, crop_mode="squash")
    loaders = Loaders(data, preprocessing, seed=0)
    epoch = loaders.steps_per_epoch

    def one_pass(number: int) -> Iterator[Tensor]:
        first = number * epoch
        for step, batch in enumerate(loaders.train(lambda: first, first + epoch), start=first):
            if augment == "none":  # mirroring alone is no option of ours
                mirrored = torch.nonzero(torch.rand(len(batch.images)) < 0.5)[:, 0]
                batch.images[mirrored] = batch.images[mirrored].flip(3)
            yield loaders.prepare(batch, step).images

    passes(one_pass, epoch)


def stream(folder: Path, root: str) -> None:
    """Decoded by two workers, again in every epoch."""
    ours(root, in_memory=False)


def memory(folder: Path, root: str) -> None:
    """Decoded once, kept as uint8."""
    ours(root, in_memory=True)


def memory_light(folder: Path, root: str) -> None:
    """The same with data.augment=light, which also crops and changes brightness and contrast."""
    ours(root, in_memory=True, augment="light")


def passes(one_pass: Callable[[int], Iterable[Tensor]], batches: int) -> None:
    """A "step" of the data path is one pass over the data: the start of worker processes belongs to it."""
    pace = Pace()
    pace.begin()
    for number in itertools.count():
        images = 0
        for at, batch in enumerate(one_pass(number)):
            images += len(batch)
            if at == batches // 2:
                pace.look_at_memory()
        pace.tick(images)


def built(overrides: list[str]) -> Any:
    """The experiment of these overrides, checked and built as a run does it."""
    experiment = experiment_of(compose(overrides).resolved)
    experiment.check()
    return experiment.build()


def unseen_terminal() -> Console:
    """The progress bar does all its work, and nobody has to see it."""
    return Console(file=open(os.devnull, "w"), force_terminal=True)


VARIANTS = (inputs, artesano, bare, bare_best, freeze, imagefolder, stream, memory, memory_light)

if __name__ == "__main__":
    chosen = {variant.__name__: variant for variant in VARIANTS}[sys.argv[1]]
    with suppress(Enough):
        chosen(Path(sys.argv[2]), *sys.argv[3:])
