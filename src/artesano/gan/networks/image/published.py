"""Networks whose trained weights others publish: built as the original is, so that weights mean the same in both.

An architecture is read off the names and shapes of the tensors in a file; nobody has to say how wide or deep it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from artesano.errors import BadInput
from artesano.gan.networks.image.base import ImageToImage

Tensors = Mapping[str, Tensor]
Program = Literal["basicsr", "pix2pix"]


class Published(ImageToImage):
    """A generator that can be filled from a published file, and written as one.

    Attributes:
        original: what the original is called.
        program: whose files hold it: BasicSR's (and its kin's), or those of pytorch-CycleGAN-and-pix2pix.
        normalised: its images are in [-1, 1], not in [0, 1].
        crop: px of a source that it was trained on, as far as the original's recipe says.
    """

    original: ClassVar[str]
    program: ClassVar[Program]
    normalised: ClassVar[bool] = False
    crop: ClassVar[int] = 64

    @classmethod
    def architecture(cls, tensors: Tensors) -> dict[str, Any] | None:
        """What the constructor needs, `in_channels`, `out_channels` and `scale` among it; None for another network.

        Args:
            tensors: by their published names.
        """
        raise NotImplementedError

    @classmethod
    def own_names(cls, tensors: Tensors) -> dict[str, Tensor]:
        """Published names -> the names of this network."""
        return dict(tensors)

    def published_names(self, tensors: Tensors) -> dict[str, Tensor]:
        """The names of this network -> published ones, with all that the original insists on."""
        return dict(tensors)

    def check_scale(self, scale: int) -> None:
        if scale not in self.scales:
            known = " or ".join(map(str, self.scales))
            does = f"enlarges by {known}" if self.scales != (1,) else "keeps the size of its images (scale 1)"
            raise BadInput(f"scale: {scale} is not supported by {self.original}, which {does}.")


def numbered(pattern: str, names: Iterable[str]) -> int:
    """How many different numbers the group of the pattern takes in the names.

    Raises:
        ValueError: they are not 0, 1, 2, ...: a part of the file is missing.
    """
    numbers = {int(match[1]) for name in names if (match := re.match(pattern, name))}
    if numbers != set(range(len(numbers))):
        raise ValueError(f"{pattern}: {sorted(numbers)}")
    return len(numbers)


def differences(
    network: torch.nn.Module, tensors: Tensors, called: Callable[[str], str] = lambda name: name
) -> list[str]:
    """What keeps these tensors from being those of the network: names that are missing or too many, other shapes.

    How many batches a norm has seen may be missing: old files do not say, and nothing depends on it.

    Args:
        called: a tensor's name here -> in the file.
    """
    own = network.state_dict()
    needed = [name for name in own if not name.endswith("num_batches_tracked")]
    found = [f"{called(name)} is missing" for name in needed if name not in tensors]
    found += [f"{called(name)} is too much" for name in tensors if name not in own]
    return found + [
        f"{called(name)} is {list(tensors[name].shape)}, not {list(tensor.shape)}"
        for name, tensor in own.items()
        if name in tensors and tensors[name].shape != tensor.shape
    ]
