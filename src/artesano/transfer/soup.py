"""Greedy soup: an average of the weights of several runs (Wortsman et al. 2022, arXiv 2203.05482, recipe 1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from artesano.transfer.norm_stats import batch_norms

State = Mapping[str, Tensor]


@dataclass(frozen=True)
class Soup:
    """An average.

    Attributes:
        state: the weights.
        value: its score.
        kept: which candidates are in it.
        values: the score of the average with each candidate; that of the first is its own.
    """

    state: State
    value: float
    kept: list[int]
    values: list[float]


def greedy(candidates: Sequence[Callable[[], State]], score: Callable[[State], float]) -> Soup:
    """Begin with the first candidate; each further one is added where the average does not get worse.

    Args:
        candidates: weights, read one after the other; the best first.
        score: higher is better.
    """
    soup = candidates[0]()
    value = score(soup)
    kept, values = [0], [value]
    for number, candidate in enumerate(candidates[1:], start=1):
        mixed = added(soup, candidate(), len(kept))
        values.append(score(mixed))
        if values[-1] >= value:
            soup, value = mixed, values[-1]
            kept.append(number)
    return Soup(soup, value, kept, values)


def added(average: State, state: State, count: int) -> State:
    """The average of `count` states and one more; whole numbers (BatchNorm counts its batches) are those of the first.

    Running statistics of BatchNorm are averaged like weights, as the authors' code does.
    """
    return {
        name: torch.lerp(tensor, state[name], 1 / (count + 1)) if tensor.is_floating_point() else tensor
        for name, tensor in average.items()
    }


@torch.no_grad()
def recompute_statistics(network: nn.Module, batches: Iterable[Tensor]) -> None:
    """Let BatchNorm's statistics be the mean of those of the batches, as `torch.optim.swa_utils.update_bn` does.

    Args:
        network: in eval mode, and left so.
        batches: images as the network takes them [N, C, H, W].
    """
    layers = list(batch_norms(network).values())
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # the mean of all batches
        layer.train()
    for images in batches:
        network(images)
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
        layer.eval()
