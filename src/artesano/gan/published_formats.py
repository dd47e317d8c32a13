"""The generators that files of others can hold, and which of them a file holds by its tensors' names and shapes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from artesano.errors import BadInput
from artesano.gan.networks.image import msrresnet, pix2pix_resnet, pix2pix_unet, rrdbnet, swinir
from artesano.gan.networks.image.published import Published

GENERATORS: tuple[type[Published], ...] = (
    rrdbnet.Generator,
    msrresnet.Generator,
    swinir.Generator,
    pix2pix_unet.Generator,
    pix2pix_resnet.Generator,
)
LISTED = 3  # differences and tensors that an error names


def recognised(tensors: dict[str, Tensor]) -> Iterator[tuple[type[Published], dict[str, Any]]]:
    """The networks of which this can be the file, with their architectures."""
    for network in GENERATORS:
        try:
            architecture = network.architecture(tensors)
        except (KeyError, ValueError, IndexError):  # a tensor is missing, or has another number of dimensions
            continue
        if architecture is not None:
            yield network, architecture


def check_finite(name: str, tensors: dict[str, Tensor]) -> None:
    """Raises BadInput: weights of a training that went wrong."""
    if broken := [key for key, tensor in tensors.items() if not tensor.isfinite().all()]:
        raise BadInput(f"{name}: not finite: {listed(broken)}; the training that wrote it went wrong.")


def listed(lines: list[str]) -> str:
    """The first of them, and how many there are besides."""
    further = f" and {len(lines) - LISTED} more" if len(lines) > LISTED else ""
    return ", ".join(lines[:LISTED]) + further
