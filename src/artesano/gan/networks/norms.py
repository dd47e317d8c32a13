"""Normalisation of hidden layers: batch, instance, virtual batch, spectral, weight, and conditional on the class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from artesano.gan.networks.chain import TakesLabels
from artesano.gan.networks.virtual_batch import VirtualBatchNorm

Norm = Literal["none", "batch", "instance", "virtual_batch", "spectral", "weight"]

NORMS: dict[str, Callable[..., nn.Module]] = {
    "batch": nn.BatchNorm2d,
    "instance": nn.InstanceNorm2d,
    "virtual_batch": VirtualBatchNorm,
}


class ConditionalNorm(TakesLabels, nn.Module):
    """A norm whose gain and shift belong to the class (Dumoulin et al. 2017, arXiv 1610.07629; de Vries et al. 2017).

    Args:
        norm: without gain and shift of its own.
        features: channels.
        classes: number of classes.
    """

    def __init__(self, norm: nn.Module, features: int, classes: int):
        super().__init__()
        self.norm = norm
        self.gain = nn.Embedding(classes, features)
        self.shift = nn.Embedding(classes, features)
        nn.init.ones_(self.gain.weight)
        nn.init.zeros_(self.shift.weight)

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        x = self.norm(x)
        gain, shift = (table(labels).to(x.dtype)[:, :, None, None] for table in (self.gain, self.shift))
        return torch.addcmul(shift, x, gain)


def norm_layers(kind: Norm, classes: int = 0) -> Callable[[int], list[nn.Module]]:
    """Channels -> the norm layers to splice in: one, or none at all for `none`, `spectral` and `weight`.

    Args:
        kind: `spectral` and `weight` act on the weights, see the functions of that name.
        classes: more than 0 makes the norm conditional; it is batch norm where `kind` names no layer.
    """
    if classes:
        plain = NORMS.get(kind, nn.BatchNorm2d)
        return lambda features: [ConditionalNorm(plain(features, affine=False), features, classes)]
    if kind not in NORMS:
        return lambda features: []
    return lambda features: [NORMS[kind](features, affine=True)]


class Projection(nn.Embedding):
    """The class embedding of a projection discriminator, a weight that spectral norm acts on too."""

    def __init__(self, classes: int, features: int):
        super().__init__(classes, features)
        nn.init.normal_(self.weight, std=features**-0.5)  # an inner product of the size of the other logit's


def spectral(net: nn.Module) -> None:
    """Divide every weight by its largest singular value (Miyato et al. 2018, arXiv 1802.05957)."""
    for module in list(net.modules()):
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear | Projection):
            parametrizations.spectral_norm(module)


def weight(net: nn.Module) -> None:
    """Learn length and direction of each output's weights apart (Salimans and Kingma 2016, arXiv 1602.07868).

    The lengths start as they are, so the net computes what it did before.
    """
    for module in list(net.modules()):
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            parametrizations.weight_norm(module, dim=1 if isinstance(module, nn.ConvTranspose2d) else 0)
