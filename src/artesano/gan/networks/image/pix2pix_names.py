"""What the networks of pytorch-CycleGAN-and-pix2pix have in common: their norms, and how a file shows which it is."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from artesano.gan.networks.image.published import Tensors

OriginalNorm = Literal["batch", "instance", "none"]
STATISTICS = ("running_mean", "running_var", "num_batches_tracked")


def norm_of(norm: OriginalNorm, features: int) -> nn.Module:
    """Batch norm with gain and shift; instance norm without, behind a convolution with a bias; or nothing."""
    if norm == "batch":
        return nn.BatchNorm2d(features)
    return nn.InstanceNorm2d(features) if norm == "instance" else nn.Identity()


def norm_in(tensors: Tensors, first: str) -> OriginalNorm:
    """The norm of a network: only batch norm has weights, and only in front of instance norm is there a bias.

    Args:
        first: the name of a convolution in front of a norm (or of one that is treated as if it were).
    """
    if any(name.endswith("weight") and tensor.ndim == 1 for name, tensor in tensors.items()):
        return "batch"
    return "instance" if f"{first}.bias" in tensors else "none"


def without_statistics(tensors: Tensors, norm: OriginalNorm) -> dict[str, Tensor]:
    """Without the running statistics that instance norm once kept in files and never used."""
    if norm != "instance":
        return dict(tensors)
    return {name: tensor for name, tensor in tensors.items() if not name.endswith(STATISTICS)}
