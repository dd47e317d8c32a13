"""Stacked MNIST: three random digits as the channels of one image, a thousand modes (arXiv 1611.02163, 1712.04086)."""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from artesano import seeding
from artesano.data.dataset import PARTS, ImageData
from artesano.data.mnist import Mnist
from artesano.data.mnist5k import Mnist5k
from artesano.data.splits import Split, Stacked
from artesano.errors import BadInput

CHANNELS = 3


@dataclass(kw_only=True)
class StackedMnist(ImageData):
    """Images of three digits each, drawn evenly and with replacement: the red one is the first digit of the class.

    A part has stacks of its own digits, so those of `test` were never trained on. The digits are held once and stacked
    when a batch is made; a stack in memory is its three rows, its label and its name.

    Args:
        samples: training images; `val` and `test` have a tenth each. 26,000 are as many as are judged at the end;
            Metz et al. (arXiv 1611.02163) and PacGAN (arXiv 1712.04086) draw 128,000 of MNIST's 70,000 digits. Of the
            3,500 of MNIST-5k each is in 22 of 26,000 stacks, and the real side of FD takes a minute instead of five.
        digits: `mnist5k`, inside a package, or `mnist`, torchvision's.
        root: for `mnist`: the folder that holds `MNIST/raw`; None = the cache.
        download: for `mnist`: let torchvision download it when it is not there.
        judged: samples of a GAN whose modes are counted at the end; 0 = none.
    """

    samples: Annotated[int, Field(ge=10)] = 26_000
    digits: Literal["mnist5k", "mnist"] = "mnist5k"
    root: str | None = None
    download: bool = False
    judged: Annotated[int, Field(ge=0)] = 26_000
    flip: bool = False
    min_images: Annotated[int, Field(ge=0)] = 0  # every class is a mode, however few images a small sample has of it

    @property
    def single(self) -> ImageData:
        """The data set of the single digits, cut as this one."""
        shares = {"split_seed": self.split_seed, "val_fraction": self.val_fraction, "test_fraction": self.test_fraction}
        if self.digits == "mnist5k":
            return Mnist5k(**shares)  # type: ignore[arg-type]
        return Mnist(root=self.root, download=self.download, **shares)  # type: ignore[arg-type]

    def place(self) -> str:
        return "stacked MNIST"

    def read_splits(self) -> tuple[list[str], dict[str, Split]]:
        if self.digits == "mnist5k" and (self.root or self.download):
            key = "data.root" if self.root else "data.download"
            raise BadInput(
                f"{key}: data.digits=mnist5k is inside a package and does not use it; give data.digits=mnist"
            )
        digits = self.single.listing()
        count = len(digits.classes)
        splits = {}
        for part in PARTS:
            split = digits.splits[part]
            images = self.samples if part == "train" else max(1, self.samples // 10)
            draw = np.random.default_rng(seeding.derive(self.split_seed, "stacked", part))
            rows = draw.integers(len(split), size=(images, CHANNELS)).astype(np.int32)
            labels = split.labels[rows] @ count ** np.arange(CHANNELS)[::-1]
            names = [f"stacked_mnist/{part}/{row}" for row in range(images)]
            splits[part] = Split(labels, names, Stacked(split, rows))
        return [f"{label:0{CHANNELS}}" for label in range(count**CHANNELS)], splits
