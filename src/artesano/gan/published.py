"""Files of weights that others publish: which network a file holds, and the network filled from it.

No code in a file is run, see `artesano.backbones.weights`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from artesano.backbones.weights import existing, read_weights
from artesano.errors import BadInput
from artesano.gan.networks.image.published import Published, differences
from artesano.gan.published_discriminators import ORIGINALS, discriminator_in
from artesano.gan.published_formats import GENERATORS, check_finite, listed, recognised

OF_DATA = ("in_channels", "out_channels", "scale")


@dataclass(frozen=True)
class PublishedGenerator:
    """A generator in a file.

    Attributes:
        name: the file as the user named it, with the option: `weights.file=x.pth`.
        network: the class that holds it.
        architecture: what its constructor needs, without what the data say.
        in_channels, out_channels, scale: of its images.
        tensors: by the names of the network.
    """

    name: str
    path: Path
    network: type[Published]
    architecture: dict[str, Any]
    in_channels: int
    out_channels: int
    scale: int
    tensors: dict[str, Tensor]

    def build(self, **further: Any) -> Published:
        """The network with random weights."""
        make: Callable[..., Published] = self.network
        return make(
            **self.architecture,
            **further,
            in_channels=self.in_channels,
            out_channels=self.out_channels,
            scale=self.scale,
            image_size=self.network.crop,
            num_classes=0,
        )

    def filled(self) -> Published:
        """The network with the weights of the file."""
        network = self.build()
        network.load_state_dict(self.tensors)
        return network


def names_in_file(network: Published, own: dict[str, Tensor], tensors: dict[str, Tensor]) -> Callable[[str], str]:
    """A tensor's name here -> its name in the file, or in files of today where it is missing."""
    known = dict(zip(own, tensors, strict=True)) if len(own) == len(tensors) else {}

    def name(ours: str) -> str:
        return known.get(ours) or next(iter(network.published_names({ours: torch.empty(0)})))

    return name


def published_generator(file: str, option: str = "weights.file=") -> PublishedGenerator:
    """The generator in a file, whose format and architecture are read off its tensors.

    Args:
        option: what errors put before the file's name.

    Raises:
        BadInput: no such file, one that cannot be read or would run code, weights of no network that is known here, or
            such that are not finite.
    """
    path, name = existing(file, option), f"{option}{file}"
    tensors = read_weights(path)
    for network, architecture in recognised(tensors):
        of_data = {key: int(architecture.pop(key)) for key in OF_DATA}
        own = network.own_names(tensors)
        generator = PublishedGenerator(name, path, network, architecture, **of_data, tensors=own)
        try:
            with torch.device("meta"):
                made = generator.build()
                different = differences(made, own, names_in_file(made, own, tensors))
        except BadInput as error:  # of a constructor: sizes in the file that no such network has
            raise BadInput(f"{name}: looks like {network.original} and is not: {error.problems[0]}") from None
        if different:
            raise BadInput(f"{name}: looks like {network.original} and is not: {listed(different)}.")
        check_finite(name, own)
        return generator
    if (judge := discriminator_in(tensors)) is not None:
        raise BadInput(
            f"{name}: holds a discriminator ({ORIGINALS[judge.network]}), and a generator is needed, which makes the "
            f"images; a discriminator goes into weights.discriminator_file={file} of a training."
        )
    if any(key.startswith(("network.", "ema.module.")) for key in tensors):
        raise BadInput(
            f"{name}: of a run of Artesano, and no published file. Its folder, its number or its bundle stands for it: "
            "artesano predict <run> <images>; phases.run=<run> starts a training from its generator."
        )
    known = ", ".join(network.original for network in GENERATORS)
    first = [f"{key} {list(tensor.shape)}" for key, tensor in tensors.items()]
    raise BadInput(
        f"{name}: not the weights of a generator that is known here ({known}); its tensors are {listed(first)}."
    )
