"""Greedy soup: an average of the weights of several runs (Wortsman et al. 2022, arXiv 2203.05482, recipe 1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

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
