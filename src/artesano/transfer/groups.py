"""Groups of a network's parameters, from stem to head; strategies, freezing and learning rates use them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property

from timm.models import group_parameters
from torch import nn

from artesano.training.adapters import is_adapter
from artesano.training.low_rank import is_update, plain_name
from artesano.transfer.network import Classifier

# Without timm's matcher: a numbered block of a numbered stage, else a numbered module, else a module.
BLOCK = re.compile(r"(.+?\.\d+(?:\.[a-z_]\w*)?\.\d+|.+?\.\d+|[^.]+)(?:\.|$)")


class Groups:
    """Ordered groups of a network's parameters, from the images inwards; the last group is the head.

    Args:
        names: the parameters of each group, as in `network.named_parameters()`.
        modules: what each group is made of.

    Attributes:
        norms: the parameters of normalisation layers, also those that are looked up by class.
        biases: the parameters that are added, of normalisation layers too.
        updates: the parameters of low-rank updates.
        adapters: the parameters of adapters.
    """

    def __init__(self, network: nn.Module, names: list[tuple[str, ...]], modules: list[str]):
        self.names, self.modules = names, modules
        self.sizes = {name: parameter.numel() for name, parameter in network.named_parameters()}
        self.biases = frozenset(name for name in self.sizes if name.endswith("bias"))
        self.updates = frozenset(filter(is_update, self.sizes))
        self.adapters = frozenset(filter(is_adapter, self.sizes))
        self.norms = frozenset(_scales_and_shifts(network))

    @cached_property
    def of(self) -> dict[str, int]:
        """Parameter name -> number of its group; 0 is the stem, `head_index` the head."""
        return {name: index for index, group in enumerate(self.names) for name in group}

    @property
    def head_index(self) -> int:
        """Number of the head's group, which is also the number of groups below it."""
        return len(self.names) - 1

    @property
    def head(self) -> frozenset[str]:
        return frozenset(self.names[-1])

    def top(self, count: int) -> frozenset[str]:
        """Parameters of the head and of the `count` groups next to it."""
        return frozenset(name for group in self.names[max(0, self.head_index - count) :] for name in group)


class ParameterGroups(Groups):
    """Ordered groups of a classifier's parameters: those of the backbone from stem to top, then the head.

    timm's `group_matcher` orders the backbone. A group that holds only vectors (a lone norm, as between the
    convolutions of VGG or at the end of DenseNet) joins the group below it: alone it would count as a "layer".

    Attributes:
        modules: the modules that make up each group, as short as can be: `layer4.1`.
        undecayed: those that weight decay must leave alone: vectors, and what the backbone names (position embeddings).
    """

    def __init__(self, classifier: Classifier):
        backbone = dict(classifier.backbone.named_parameters())
        groups = without_lone_vectors(_ordered(classifier.backbone), backbone)
        names = [tuple(f"backbone.{name}" for name in group) for group in groups]
        names.append(tuple(f"head.{name}" for name, _ in classifier.head.named_parameters()))
        modules = [", ".join(covering(group, backbone)) for group in groups]
        super().__init__(classifier, names, [*modules, f"{type(classifier.head).__name__} head"])
        spared: set[str] = getattr(classifier.backbone, "no_weight_decay", set)()
        self.undecayed = {name for name, parameter in classifier.named_parameters() if parameter.ndim <= 1}
        self.undecayed |= {f"backbone.{name}" for name in spared}


def _scales_and_shifts(network: nn.Module) -> Iterator[str]:
    for prefix, module in network.named_modules():
        if "norm" in type(module).__name__.lower():
            tables = [(name, part) for name, part in module.named_children() if isinstance(part, nn.Embedding)]
            for place, part in (("", module), *tables):
                for name, _ in part.named_parameters(recurse=False):
                    yield ".".join(filter(None, (prefix, place, name)))


def _ordered(backbone: nn.Module) -> list[list[str]]:
    matcher: Callable[..., dict] | None = getattr(backbone, "group_matcher", None)
    if matcher is not None:
        by_number = group_parameters(backbone, matcher(coarse=False))
        return [by_number[number] for number in sorted(by_number)]
    # The order of registration is the order of execution; parameters of the model itself come with the stem.
    blocks: dict[str, list[str]] = {}
    loose: list[str] = []
    for name, _ in backbone.named_parameters():
        match = BLOCK.match(plain_name(name).rpartition(".")[0])
        (blocks.setdefault(match[1], []) if match else loose).append(name)
    groups = list(blocks.values())
    return [loose + groups[0], *groups[1:]] if groups else [loose]


def without_lone_vectors(
    groups: list[list[str]], parameters: Mapping[str, nn.Parameter], small: Collection[str] = ()
) -> list[list[str]]:
    """The groups; one of nothing but vectors, and parameters in `small`, joins the group before it."""
    merged: list[list[str]] = []
    for group in groups:
        if merged and all(parameters[name].ndim <= 1 or name in small for name in group):
            merged[-1] = merged[-1] + list(group)
        else:
            merged.append(list(group))
    return merged


def covering(group: list[str], everything: Mapping[str, nn.Parameter]) -> list[str]:
    """The largest modules that lie inside the group, in order."""
    outside = {prefix for name in everything.keys() - set(group) for prefix in _prefixes(name)}
    largest = (next((prefix for prefix in _prefixes(name) if prefix not in outside), name) for name in group)
    return list(dict.fromkeys(largest))


def _prefixes(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
