"""Groups of the parameters of a GAN's two networks, both counted from the images inwards.

What lies near the images is general (edges, strokes, textures), what lies far from them is specific to what was drawn
(Zhao et al. 2020, arXiv 2002.11810, section 3.1). So the stem of a generator is its last layer and its head the layer
that reads the noise, and `strategy=partial` means the same in both networks: what is general stays.
"""

from __future__ import annotations

import re

from torch import nn

from artesano.transfer.groups import Groups, covering, without_lone_vectors

LAYER = re.compile(r"layers\.\d+|[^.]+")  # one of the numbered layers, else a module
EMBEDDING = "embedding"  # of the label, at a network's input


def discriminator_groups(network: nn.Module) -> Groups:
    """Its layers in the order of execution; the head is what says real or fake."""
    return _groups(network, _layers(network))


def generator_groups(network: nn.Module) -> Groups:
    """Its layers from the images back to the noise; the head is the layer that reads the noise."""
    return _groups(network, _layers(network)[::-1])


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
