"""Weight initialisation."""

from __future__ import annotations

from typing import Literal

from torch import nn

from artesano.gan.networks.norms import ConditionalNorm, VirtualBatchNorm
from artesano.gan.networks.resampling import PixelShuffle

Init = Literal["default", "dcgan"]

STD = 0.02


class StartsAtZero(nn.Conv2d):
    """A convolution initialised with 0, so that an untrained residual adds nothing."""

    def reset_parameters(self) -> None:
        for parameter in self.parameters():
            nn.init.zeros_(parameter)


def _dcgan(module: nn.Module) -> None:
    """N(0, 0.02) for convolutions and linear layers, N(1, 0.02) for the gains of norms, biases 0 (Radford 2016)."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.normal_(module.weight, 0.0, STD)
    elif isinstance(module, ConditionalNorm):
        nn.init.normal_(module.gain.weight, 1.0, STD)
    elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d | nn.InstanceNorm2d | VirtualBatchNorm):
        if module.weight is not None:
            nn.init.normal_(module.weight, 1.0, STD)
    else:
        return
    if getattr(module, "bias", None) is not None:
        nn.init.zeros_(module.bias)  # type: ignore[arg-type]


def initialise(net: nn.Module, init: Init) -> None:
    """torch's own first weights, or DCGAN's; what must start as something else does so either way.

    Pixel shuffles start as nearest-neighbour upsampling, and `StartsAtZero` at zero.
    """
    if init == "dcgan":
        net.apply(_dcgan)
    for module in net.modules():
        if isinstance(module, PixelShuffle):
            module.repeat_kernels()
        elif isinstance(module, StartsAtZero):
            module.reset_parameters()
