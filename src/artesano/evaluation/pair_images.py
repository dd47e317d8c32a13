"""The images of a run's data: normalised for the networks, in [0, 1], and for fitting baselines."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator
from typing import Protocol

import torch
from torch import Tensor, nn

from artesano.data.batches import Pairs, RawPairs
from artesano.data.pairs.loaders import PairLoaders

FITTED = 64  # training batches that baselines and palette learn from


class Translator(Protocol):
    """Anything that generates images from sources: a module in training or a loaded generator."""

    @property
    def device(self) -> torch.device: ...

    def translate(self, batch: Pairs, network: nn.Module | None = None) -> Tensor:
        """float32 [N, C, H, W] in [0, 1] of a prepared batch; by `network`, or else by the default one."""


class PairImages:
    """Batches of the parts of a run's data.

    Args:
        training: whose training part baselines learn from.
    """

    def __init__(self, loaders: PairLoaders, training: PairLoaders):
        self.loaders, self.training = loaders, training

    def made(
        self, translator: Translator, network: nn.Module | None, part: str, count: int
    ) -> Iterator[tuple[Pairs, Tensor]]:
        """Batches in [0, 1] with what the network makes of them, of `count` images spread over the part."""
        for batch in self.loaders.evaluate(part, count=count):
            prepared, unit = self.prepared(translator, batch)
            yield unit, translator.translate(prepared, network)

    def prepared(self, translator: Translator, batch: RawPairs) -> tuple[Pairs, Pairs]:
        """On the translator's device: as the networks see it, and in [0, 1]."""
        prepared = self.loaders.prepare(batch.moved(translator.device), None)
        return prepared, self.unit(prepared)

    def unit(self, prepared: Pairs) -> Pairs:
        """In [0, 1]."""
        mean, std = self.loaders.mean, self.loaders.std
        source, target = (images.float() * std + mean for images in (prepared.source, prepared.target))
        return prepared._replace(source=source, target=target)

    @functools.cached_property
    def true_pairs(self) -> PairLoaders:
        """Loaders of the training part with its true partners, also in a control run that has shuffled them."""
        loaders = self.training
        data = copy.copy(loaders.data)  # with the parts of the run
        data.pairing = "given"
        return PairLoaders(data, degradation=loaders.degradation, mean=loaders.mean, std=loaders.std, seed=0)

    def training_pairs(self) -> Iterator[Pairs]:
        """Some batches of it in [0, 1]."""
        count = min(FITTED, 4 * self.true_pairs.steps_per_epoch)
        for step, batch in enumerate(self.true_pairs.train(lambda: 0, count)):
            yield self.unit(self.true_pairs.prepare(batch, step))
