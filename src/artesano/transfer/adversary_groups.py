"""Groups of the parameters of a GAN's two networks.

Of a GAN from noise both are counted from the images inwards.

What lies near the images is general (edges, strokes, textures), what lies far from them is specific to what was drawn
(Zhao et al. 2020, arXiv 2002.11810, section 3.1). So the stem of a generator is its last layer and its head the layer
that reads the noise, and `strategy=partial` means the same in both networks: what is general stays.

A network from images reads them first: its stem is what it sees of the source, its head what it makes or says in the
end, as in a classifier.
"""

from __future__ import annotations

import re
from itertools import chain

from torch import nn

from artesano.transfer.groups import Groups, covering, without_lone_vectors

LAYER = re.compile(r"layers\.\d+|[^.]+")  # one of the numbered layers, else a module
NUMBERED = re.compile(r"\w+\.\d+(?=\.)")  # one of the numbered blocks of a network from images
EMBEDDING = "embedding"  # of the label, at a network's input


def discriminator_groups(network: nn.Module) -> Groups:
    """Its layers in the order of execution; the head is what says real or fake."""
    return _groups(network, _layers(network))


def generator_groups(network: nn.Module) -> Groups:
    """Its layers from the images back to the noise; the head is the layer that reads the noise."""
    return _groups(network, _layers(network)[::-1])


def image_groups(networks: nn.ModuleDict | nn.ModuleList) -> Groups:
    """The layers of networks that read images, in the order of execution; those of both directions lie beside each
    other.

    Args:
        networks: of one direction or of both, alike but for their channels.
    """
    layers = [
        [[f"{name}.{parameter}" for parameter in layer] for layer in _blocks(part)]
        for name, part in networks.named_children()
    ]
    return _groups(networks, [list(chain(*beside)) for beside in zip(*layers, strict=True)])


def _blocks(network: nn.Module) -> list[list[str]]:
    """The parameters of each numbered block, else of each module, with its norm, in the order of execution."""
    parameters = dict(network.named_parameters())
    blocks: dict[str, list[str]] = {}
    for name in parameters:
        match = NUMBERED.match(name)
        blocks.setdefault(match[0] if match else name.rpartition(".")[0], []).append(name)
    return without_lone_vectors(list(blocks.values()), parameters)


def _groups(network: nn.Module, layers: list[list[str]]) -> Groups:
    everything = dict(network.named_parameters())
    modules = [", ".join(covering(layer, everything)) for layer in layers]
    return Groups(network, [tuple(layer) for layer in layers], modules)


def _layers(network: nn.Module) -> list[list[str]]:
    """The parameters of each layer with its norm, in the order of registration, which is that of execution."""
    parameters = dict(network.named_parameters())
    layers: dict[str, list[str]] = {}
    for name in parameters:
        layers.setdefault(LAYER.match(name)[0], []).append(name)  # type: ignore[index]
    label = layers.pop(EMBEDDING, [])
    first, *others = layers.values()
    norms = Groups(network, [], []).norms
    return without_lone_vectors([label + first, *others], parameters, norms)
