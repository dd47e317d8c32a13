"""Discriminators that others publish: Real-ESRGAN's U-Net, and the PatchGAN of pytorch-CycleGAN-and-pix2pix.

Both are those that are here already, whose tensors have other names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from artesano.backbones.weights import existing, read_weights
from artesano.errors import BadInput
from artesano.gan.networks.image import patchgan, unet_sn
from artesano.gan.networks.image.pix2pix_names import norm_in, without_statistics
from artesano.gan.networks.image.published import Tensors, differences
from artesano.gan.published_formats import check_finite, listed, recognised

HALVINGS = unet_sn.HALVINGS
DRAWN = {"weight_orig": "parametrizations.weight.original", "weight_u": "parametrizations.weight.0._u",
         "weight_v": "parametrizations.weight.0._v"}  # fmt: skip
"""What spectral norm is called in the files, and here."""
LIKE_BOTH = {"activation": "leaky_relu", "downsample": "strided"}
ORIGINALS: dict[type[nn.Module], str] = {
    unet_sn.Discriminator: "UNetDiscriminatorSN of Real-ESRGAN",
    patchgan.Discriminator: "PatchGAN of pix2pix and CycleGAN",
}


class Judge(NamedTuple):
    """What a file holds.

    Args:
        architecture: what the constructor of `network` needs, without what the data say.
        channels: of the images that it reads, a source beside them counted.
        tensors: by the names of the network.
    """

    network: type[nn.Module]
    architecture: dict[str, Any]
    channels: int
    tensors: dict[str, Tensor]


@dataclass(frozen=True)
class PublishedDiscriminator:
    """A discriminator in a file.

    Attributes:
        name: the file as the user named it, with the option.
        architecture: what the constructor of `network` needs, without what the data say.
        channels: of the images that it reads, a source beside them counted.
        tensors: by the names of the network.
    """

    name: str
    path: Path
    network: type[nn.Module]
    architecture: dict[str, Any]
    channels: int
    tensors: dict[str, Tensor]

    def source_last(self, channels: int) -> dict[str, Tensor]:
        """The tensors for a discriminator that sees the source behind the image; in the file it is in front of it.

        Args:
            channels: of the source; 0 where it is not seen.
        """
        first = "layers.0.weight" if self.network is patchgan.Discriminator else "first.0.weight"
        weight = self.tensors[first]
        return self.tensors | {first: torch.cat([weight[:, channels:], weight[:, :channels]], 1)}

    def build(self) -> nn.Module:
        """The network with random weights."""
        return self.network(**self.architecture, image_size=64, channels=self.channels, num_classes=0)


def published_discriminator(file: str, option: str = "weights.discriminator_file=") -> PublishedDiscriminator:
    """The discriminator in a file, whose format and architecture are read off its tensors.

    Raises:
        BadInput: no such file, one that cannot be read or would run code, or weights of no discriminator that is known.
    """
    path, name = existing(file, option), f"{option}{file}"
    tensors = read_weights(path)
    judge = discriminator_in(tensors)
    if judge is None:
        generator = next((network.original for network, _ in recognised(tensors)), None)
        if generator is not None:
            raise BadInput(
                f"{name}: holds a generator ({generator}), not the weights of a discriminator that is known here; "
                f"a generator goes into weights.file={file}."
            )
        first = [f"{key} {list(tensor.shape)}" for key, tensor in tensors.items()]
        raise BadInput(
            f"{name}: not the weights of a discriminator that is known here ({', '.join(ORIGINALS.values())}); its "
            f"tensors are {listed(first)}."
        )
    check_finite(name, tensors)
    network, architecture, channels, own = judge
    made = PublishedDiscriminator(name, path, network, architecture, channels, own)
    with torch.device("meta"):
        different = differences(made.build(), own)
    if different:
        raise BadInput(f"{name}: looks like {network.__module__.rpartition('.')[2]} and is not: {listed(different)}.")
    return made


def discriminator_in(tensors: Tensors) -> Judge | None:
    """The discriminator whose file this is; None for other tensors."""
    try:
        return of_unet(tensors) if "conv9.weight" in tensors else of_patches(tensors)
    except (KeyError, ValueError, IndexError, TypeError):  # a tensor is missing, or has another name or shape
        return None


def of_unet(tensors: Tensors) -> Judge:
    """Real-ESRGAN's."""
    places = ["first.0"]
    places += [f"{part}.{level}.0" for part in ("encoder", "decoder") for level in range(HALVINGS)]
    places += ["smooth.0.0", "smooth.1.0", "logits"]

    def own(name: str) -> str:
        layer, kind = name.removeprefix("conv").split(".")
        return f"{places[int(layer)]}.{DRAWN.get(kind, kind)}"

    width, channels = tensors["conv0.weight"].shape[:2]
    named = {own(name): tensor for name, tensor in tensors.items()}
    return Judge(unet_sn.Discriminator, {"width": width, **LIKE_BOTH}, channels, named)


def of_patches(tensors: Tensors) -> Judge:
    """The PatchGAN: the same. Behind instance norm biases change nothing, and here it has gains and shifts."""
    width, channels, kernel, _ = tensors["model.0.weight"].shape
    norm = norm_in(tensors, "model.2")
    convolutions = [name for name, tensor in tensors.items() if tensor.ndim == 4]
    last = max(int(name.split(".")[1]) for name in convolutions)
    if norm == "none" or kernel != 4:
        raise ValueError(f"{norm}, {kernel}")
    named = {}
    for name, tensor in without_statistics(tensors, norm).items():
        number = int(re.fullmatch(r"model\.(\d+)\.\w+", name)[1])  # type: ignore[index]
        if number == last:
            named[name.replace(f"model.{last}", "logits")] = tensor
        elif norm == "batch" or number == 0 or tensor.ndim == 4:
            named[name.replace("model", "layers")] = tensor
        else:
            place = f"layers.{number + 1}"
            named |= {f"{place}.weight": torch.ones_like(tensor), f"{place}.bias": torch.zeros_like(tensor)}
    architecture = {"width": width, "layers": len(convolutions) - 2, "norm": norm, **LIKE_BOTH}
    return Judge(patchgan.Discriminator, architecture, channels, named)
