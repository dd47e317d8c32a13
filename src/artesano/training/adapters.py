"""Small networks after the blocks of a frozen one (Houlsby et al. 2019, arXiv 1902.00751): x + up(gelu(down(x))).

An adapter is a part of its block, under the name `adapter`, and a hook calls it: no pretrained tensor gets another
name.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artesano.errors import BadInput

WITHIN = ".adapter."  # between the name of a block and that of a part of its adapter
NUMBERED = re.compile(r"(?:.*\.)?b?\d+")  # blocks.3, layer1.0, and RegNet's s1.b2
LAYERS = (nn.Linear, nn.Conv2d)
MANY = 8  # names in a message


class Adapter(nn.Module):
    """x + up(gelu(down(x))). `up` is 0 at first, so that the network begins as it was, bit for bit.

    Args:
        channels: of the block's output.
        width: of the bottleneck.
        maps: True for [N, C, H, W], False where the channels come last.
    """

    def __init__(self, channels: int, width: int, maps: bool):
        super().__init__()
        self.down = nn.Conv2d(channels, width, 1) if maps else nn.Linear(channels, width)
        self.up = nn.Conv2d(width, channels, 1) if maps else nn.Linear(width, channels)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        return x + self.up(F.gelu(self.down(x)))


def add_adapters(network: nn.Module, width: int, image_shape: tuple[int, int, int]) -> list[str]:
    """Give every block an adapter; the blocks' names.

    Args:
        image_shape: [C, H, W] of an image, of which one that is all 0 goes through the network: what comes out of a
            block says how many channels it has, and where.

    Raises:
        BadInput: the network has no blocks; it names what it has.
    """
    shapes = _shapes(network, _blocks(network), image_shape)
    if not shapes:
        raise BadInput(_no_block(network))
    for name, shape in shapes.items():
        block = network.get_submodule(name)
        maps = len(shape) == 4 and not _channels_last(network, shape)
        like = next(block.parameters())
        block.adapter = Adapter(shape[1] if maps else shape[-1], width, maps).to(like.device, like.dtype)
        block.register_forward_hook(_adapted)
    return list(shapes)


def is_adapter(name: str) -> bool:
    """True for the name of a parameter of an adapter."""
    return WITHIN in name


def _adapted(block: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
    return cast(Adapter, block.adapter)(output)  # of this copy of the block: an averaged network has its own


def _blocks(network: nn.Module) -> list[str]:
    """The innermost numbered modules of several layers."""
    fitting = [name for name, module in network.named_modules() if NUMBERED.fullmatch(name) and _is_block(module)]
    return [name for name in fitting if not any(other.startswith(f"{name}.") for other in fitting)]


def _is_block(module: nn.Module) -> bool:
    several = sum(isinstance(layer, LAYERS) for layer in module.modules()) > 1
    return several and not isinstance(module, nn.Sequential | nn.ModuleList)


@torch.no_grad()
def _shapes(network: nn.Module, names: list[str], image_shape: tuple[int, int, int]) -> dict[str, tuple[int, ...]]:
    """Of the blocks that give one tensor, its shape."""
    shapes: dict[str, tuple[int, ...]] = {}

    def keep(name: str, output: object) -> None:
        if isinstance(output, Tensor):
            shapes[name] = tuple(output.shape)

    hooks = [
        network.get_submodule(name).register_forward_hook(lambda block, inputs, output, name=name: keep(name, output))
        for name in names
    ]
    like, training = next(network.parameters()), network.training
    network.eval()
    network.forward(torch.zeros(1, *image_shape, device=like.device, dtype=like.dtype))  # past what compile() has set
    network.train(training)
    for hook in hooks:
        hook.remove()
    return shapes


def _channels_last(network: nn.Module, shape: tuple[int, ...]) -> bool:
    """True for [N, H, W, C], as Swin's blocks give it; the image is square."""
    if shape[1] == shape[2] == shape[3]:
        return getattr(network, "output_fmt", None) == "NHWC"
    return shape[1] == shape[2]


def _no_block(network: nn.Module) -> str:
    leaves = (module for module in network.modules() if not list(module.children()) and list(module.parameters()))
    kinds = Counter(type(layer).__name__ for layer in leaves)
    there = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common(MANY))
    return (
        "strategy=adapter: the backbone has no numbered blocks of several layers, after which adapters go; its layers "
        f"are {there}. Give strategy=partial or strategy=lora."
    )
