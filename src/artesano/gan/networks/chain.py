"""Layers in turn, of which some take the labels too."""

from __future__ import annotations

from torch import Tensor, nn


class TakesLabels:
    """Marks a module whose forward is `module(x, labels)`."""


class Chain(TakesLabels, nn.Sequential):
    """`nn.Sequential` that hands the labels to the layers that take them."""

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        for layer in self:
            x = layer(x, labels) if isinstance(layer, TakesLabels) else layer(x)
        return x
