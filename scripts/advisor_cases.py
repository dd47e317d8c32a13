"""Cases of the advisor: data and budgets, and the folders that some are made of. It is fitted on 42 and judged on 16
others, which were run when all else was settled."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

STEPS, BATCH, SIZE = 100, 32, 64
SHORT = 25  # steps: a few epochs of a small set, as the default of five epochs gives
STRATEGIES = ("freeze", "partial", "lpft", "full")
SECONDS = {"freeze": 8, "partial": 12, "lpft": 18, "full": 25}  # at 100 steps of 32 images of 64 px, on two cores
MNIST, RENDERED = ("data=mnist5k",), ("data=rendered_digits", "data.samples=3000")
FASHION_MNIST = ("data=folder", "data.root=<fashion>", "data.flip=false")
TILES = ("data=folder", "data.root=<ucmerced>", "data.test_fraction=0.2")
FASHION = {"train": 350, "val": 50, "test": 100}  # images of each class


@dataclass(frozen=True)
class Case:
    """One data set with one budget.

    Args:
        words: the data, as overrides; `<fashion>`, `<ucmerced>` and `<imbalanced>` stand for folders.
    """

    name: str
    words: tuple[str, ...]
    steps: int = STEPS
    size: int = SIZE

    def overrides(self, folders: dict[str, str]) -> tuple[str, ...]:
        """All but the strategy."""
        words = self.words
        for name, folder in folders.items():
            words = tuple(word.replace(f"<{name}>", folder) for word in words)
        budget = (f"image_size={self.size}", f"data.batch_size={BATCH}", f"max_steps={self.steps}")
        return (*words, *budget, f"eval_every={self.steps}")


def shots(count: int) -> str:
    return f"data.shots={count}"


def cases() -> list[Case]:
    """What the advisor is fitted on."""
    mnist, rendered, fashion, tiles = MNIST, RENDERED, FASHION_MNIST, TILES
    few_tiles = ("data=folder", "data.root=<imbalanced>", "data.test_fraction=0.2")
    homes = "data.classes=[denseresidential,mediumresidential,sparseresidential,mobilehomepark,buildings]"
    places = "data.classes=[agricultural,airplane,beach,forest,harbor,parkinglot,river]"
    return [
        Case("mnist-3", (*mnist, shots(3))),
        Case("mnist-5", (*mnist, shots(5))),
        Case("mnist-10", (*mnist, shots(10))),
        Case("mnist-20", (*mnist, shots(20))),
        Case("mnist-50", (*mnist, shots(50))),
        Case("mnist-100", (*mnist, shots(100))),
        Case("mnist-all", mnist),
        Case("mnist-all-long", mnist, steps=250),
        Case("mnist-358", (*mnist, "data.classes=['3','5','8']", shots(10))),
        Case("mnist-49", (*mnist, "data.classes=['4','9']", shots(40))),
        Case("rendered-5", (*rendered, shots(5))),
        Case("rendered-20", (*rendered, shots(20))),
        Case("rendered-all", rendered),
        Case("rendered-100-32px", (*rendered, shots(100)), size=32),
        Case("fashion-5", (*fashion, shots(5))),
        Case("fashion-10", (*fashion, shots(10))),
        Case("fashion-30", (*fashion, shots(30))),
        Case("fashion-100", (*fashion, shots(100))),
        Case("fashion-all", fashion),
        Case("fashion-all-long", fashion, steps=250),
        Case("tiles-3", (*tiles, shots(3))),
        Case("tiles-5", (*tiles, shots(5))),
        Case("tiles-10", (*tiles, shots(10))),
        Case("tiles-20", (*tiles, shots(20))),
        Case("tiles-all", tiles),
        Case("tiles-all-grey", (*tiles, "in_chans=1")),
        Case("homes-all", (*tiles, homes)),
        Case("places-10", (*tiles, places, shots(10))),
        Case("imbalanced", few_tiles),
        Case("tiles-all-32px", tiles, size=32),
        Case("mnist-10-short", (*mnist, shots(10)), steps=SHORT),
        Case("mnist-100-short", (*mnist, shots(100)), steps=SHORT),
        Case("rendered-20-short", (*rendered, shots(20)), steps=SHORT),
        Case("mnist-all-short", mnist, steps=SHORT),
        Case("fashion-10-short", (*fashion, shots(10)), steps=SHORT),
        Case("fashion-100-short", (*fashion, shots(100)), steps=SHORT),
        Case("tiles-5-short", (*tiles, shots(5)), steps=SHORT),
        Case("tiles-10-short", (*tiles, shots(10)), steps=SHORT),
        Case("tiles-all-short", tiles, steps=SHORT),
        Case("homes-all-short", (*tiles, homes), steps=SHORT),
        Case("tiles-5-96px", (*tiles, shots(5)), size=96),
        Case("tiles-10-96px", (*tiles, shots(10)), size=96),
    ]


def fresh() -> list[Case]:
    """What it is judged on."""
    roads = "data.classes=[freeway,intersection,overpass,runway,parkinglot]"
    green = "data.classes=[agricultural,chaparral,forest,golfcourse,sparseresidential]"
    return [
        Case("mnist-7", (*MNIST, shots(7))),
        Case("mnist-30", (*MNIST, shots(30))),
        Case("mnist-0126", (*MNIST, "data.classes=['0','1','2','6']", shots(15))),
        Case("mnist-70-mid", (*MNIST, shots(70)), steps=50),
        Case("rendered-10", (*RENDERED, shots(10))),
        Case("rendered-60", (*RENDERED, shots(60))),
        Case("fashion-20", (*FASHION_MNIST, shots(20))),
        Case("fashion-50", (*FASHION_MNIST, shots(50))),
        Case("fashion-15-mid", (*FASHION_MNIST, shots(15)), steps=50),
        Case("tiles-7", (*TILES, shots(7))),
        Case("tiles-15", (*TILES, shots(15))),
        Case("tiles-15-mid", (*TILES, shots(15)), steps=50),
        Case("roads-all", (*TILES, roads)),
        Case("green-12", (*TILES, green, shots(12))),
        Case("tiles-25-48px", (*TILES, shots(25)), size=48),
        Case("tiles-all-mid", TILES, steps=50),
    ]


def folders(ucmerced: Path, work: Path) -> dict[str, str]:
    """The folders that cases are made of, written below `work` where they are not there yet."""
    made = {"ucmerced": ucmerced, "fashion": work / "fashion", "imbalanced": work / "imbalanced"}
    for name, write in (("fashion", write_fashion), ("imbalanced", write_imbalanced)):
        if not made[name].is_dir():
            unfinished = made[name].with_suffix(".part")
            shutil.rmtree(unfinished, ignore_errors=True)
            write(unfinished, ucmerced)
            unfinished.rename(made[name])
    return {name: str(folder) for name, folder in made.items()}


def write_fashion(folder: Path, _ucmerced: Path) -> None:
    """The first images of each class of Fashion-MNIST as PNGs, in as many as MNIST-5k has."""
    from artesano.data.fashion_mnist import FashionMnist

    classes, splits = FashionMnist().read_splits()
    first = {"train": 0, "val": FASHION["train"], "test": 0}
    for part, count in FASHION.items():
        split = splits["test" if part == "test" else "train"]
        for label, name in enumerate(classes):
            place = folder / part / name.replace("/", " or ")
            place.mkdir(parents=True)
            for row in np.flatnonzero(split.labels == label)[first[part] : first[part] + count]:
                split.read(int(row)).save(place / f"{row}.png")


def write_imbalanced(folder: Path, ucmerced: Path) -> None:
    """Links to 50, 46, ... 7 images of the classes of UC Merced: the rarest has a seventh of the commonest."""
    classes = sorted(path for path in ucmerced.iterdir() if path.is_dir())
    for place, count in zip(classes, np.geomspace(50, 7, len(classes)).round().astype(int), strict=True):
        (folder / place.name).mkdir(parents=True)
        for image in sorted(place.iterdir())[:count]:
            os.symlink(image.resolve(), folder / place.name / image.name)
