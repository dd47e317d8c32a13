"""Low-rank updates of layers (LoRA; Hu et al. 2021, arXiv 2106.09685): W + alpha / rank * up @ down, where W is frozen.

The update is a parametrization of the weight, not a second path beside the layer. So it is right in every layer that
reads its weight itself (attention that calls `F.linear`, standardised convolutions), and merging is exact.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping

from torch import Tensor, nn
from torch.nn.utils.parametrize import register_parametrization

from artesano.errors import BadInput

WITHIN = ".parametrizations.weight."  # between the name of a layer and that of a part of its weight
MANY = 8  # names in a message


class LowRank(nn.Module):
    """weight -> weight + alpha / rank * up @ down. `up` is 0 at first, so that the network begins as it was.

    Args:
        weight: [out, in] of a linear layer, or [out, in, 1, 1] of a convolution.
    """

    scale: Tensor

    def __init__(self, weight: Tensor, rank: int, alpha: float):
        super().__init__()
        self.down = nn.Parameter(weight.new_empty(rank, weight.shape[1]))
        self.up = nn.Parameter(weight.new_zeros(weight.shape[0], rank))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))
        self.register_buffer("scale", weight.new_tensor(alpha / rank))

    def update(self) -> Tensor:
        """[out, in]."""
        return _update(self.down, self.up, self.scale)

    def forward(self, weight: Tensor) -> Tensor:
        return weight + self.update().view_as(weight)


def add_updates(network: nn.Module, rank: int, alpha: float, pattern: str | None = None) -> list[str]:
    """Give layers an update; their names.

    Args:
        pattern: a regular expression that is searched in the names of linear layers and 1x1 convolutions; None = all
            of them.

    Raises:
        BadInput: there is no such layer; it names what there is.
    """
    fitting = [name for name, layer in network.named_modules() if _fits(layer)]
    names = [name for name in fitting if pattern is None or re.search(pattern, name)]
    if not names:
        raise BadInput(_no_layer(network, fitting, pattern))
    for name in names:
        layer = network.get_submodule(name)
        weight = layer.weight
        assert isinstance(weight, Tensor)
        register_parametrization(layer, "weight", LowRank(weight.detach(), rank, alpha), unsafe=True)  # no trial run
    return names


def updates(network: nn.Module) -> list[LowRank]:
    """All that a network has."""
    return [module for module in network.modules() if isinstance(module, LowRank)]


def is_update(name: str) -> bool:
    """True for the name of a parameter of an update."""
    return f"{WITHIN}0." in name


def plain_name(name: str) -> str:
    """The name that the weight has without an update, also of the update's own parameters."""
    layer, found, _ = name.partition(WITHIN)
    return f"{layer}.weight" if found else name


def merged(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state dict with the updates added to their weights, as the network without updates loads it.

    Other parametrizations, of spectral and weight norm, stay as they are.
    """
    layers = [name.removesuffix("0.scale") for name in tensors if name.endswith(f"{WITHIN}0.scale")]
    plain = {name: tensor for name, tensor in tensors.items() if not name.startswith(tuple(layers))}
    for layer in layers:
        parts = (tensors[f"{layer}0.{part}"] for part in ("down", "up", "scale"))
        weight = tensors[f"{layer}original"]
        plain[plain_name(layer)] = weight + _update(*parts).view_as(weight)
    return plain


def _update(down: Tensor, up: Tensor, scale: Tensor) -> Tensor:
    return scale * (up @ down)


def _fits(layer: nn.Module) -> bool:
    if isinstance(layer, nn.Conv2d):
        return layer.kernel_size == (1, 1) and layer.groups == 1
    return isinstance(layer, nn.Linear)


def _no_layer(network: nn.Module, fitting: list[str], pattern: str | None) -> str:
    if fitting:
        more = f" and {len(fitting) - MANY} more" if len(fitting) > MANY else ""
        return (
            f"strategy.layers={pattern}: no linear layer or 1x1 convolution of the backbone has such a name; there are "
            f"{', '.join(fitting[:MANY])}{more}."
        )
    leaves = (layer for layer in network.modules() if not list(layer.children()) and list(layer.parameters()))
    kinds = Counter(_kind(layer) for layer in leaves)
    there = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common(MANY))
    return (
        f"strategy=lora: the backbone has no linear layer and no 1x1 convolution; its layers are {there}. "
        "Give strategy=partial or strategy=norm."
    )


def _kind(layer: nn.Module) -> str:
    size = f" {'x'.join(map(str, layer.kernel_size))}" if isinstance(layer, nn.Conv2d) else ""
    return f"{type(layer).__name__}{size}"
