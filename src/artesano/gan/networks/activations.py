"""Hidden and output activations."""

from __future__ import annotations

from typing import Literal

from torch import nn

Activation = Literal["relu", "leaky_relu"]
Output = Literal["linear", "tanh"]


def activation_layer(kind: Activation, *, inplace: bool = True) -> nn.Module:
    """ReLU, or LeakyReLU with slope 0.2 (DCGAN); in place only where the input is needed by nobody else."""
    return nn.ReLU(inplace) if kind == "relu" else nn.LeakyReLU(0.2, inplace)


def output_layers(kind: Output) -> list[nn.Module]:
    """Nothing, or tanh, which keeps the images in [-1, 1]."""
    return [nn.Tanh()] if kind == "tanh" else []
