"""What of a pretrained GAN learns: a strategy of transfer learning on its generator and on its discriminator."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import nn

from artesano.config.targets import instantiate
from artesano.errors import BadInput
from artesano.training.learning import Learning, StagedLearning
from artesano.transfer.groups import Groups
from artesano.transfer.norm_stats import keeping
from artesano.transfer.strategies import ForGan, Full, Strategy
from artesano.transfer.table import GroupRow, batch_norm_names, rows_of

Part = tuple[nn.Module, Groups]
"""A network and the groups of its parameters."""


@dataclass(frozen=True)
class Player:
    """One of the two networks and what of it learns.

    Attributes:
        groups: of its parameters.
        strategy: names what learns when.
    """

    network: nn.Module
    groups: Groups
    strategy: Strategy

    @property
    def learns(self) -> frozenset[str]:
        """The parameters that learn at some time of the run."""
        return frozenset().union(*(stage.trainable for stage in self.strategy.stages(self.groups)))

    @property
    def frozen(self) -> bool:
        """True where something does not learn, or not from the first step on."""
        return self.strategy.stages(self.groups)[0].trainable < self.groups.sizes.keys()

    def learning(self) -> Learning:
        """For the training."""
        rates = {name: self.strategy.lr_scale(self.groups, name) for name in self.groups.sizes if name in self.learns}
        kept = partial(keeping, norm_stats=self.strategy.norm_stats)
        return StagedLearning(self.network, self.strategy.stages(self.groups), rates, kept)

    def rows(self, lr: float) -> list[GroupRow]:
        """For the table; `lr` is the optimiser's."""
        return rows_of(self.groups, self.strategy, lr, batch_norm_names(self.network))


def players(strategies: tuple[Strategy, Strategy], generator: Part, discriminator: Part) -> dict[str, Player]:
    """{"generator": ..., "discriminator": ...}

    Args:
        strategies: that of the generator and that of the discriminator.

    Raises:
        BadInput: a strategy finds nothing in a network that it could train, or nothing to leave as it is.
    """
    of_generator, of_discriminator = map(settled, strategies)
    both = {
        "generator": Player(*generator, of_generator),
        "discriminator": Player(*discriminator, of_discriminator),
    }
    partly = next((strategy for strategy in strategies if not isinstance(strategy, Full)), None)
    if partly is not None and not any(player.frozen for player in both.values()):
        below = ", ".join(f"the {name} has {player.groups.head_index}" for name, player in both.items())
        raise BadInput(
            f"strategy.groups={getattr(partly, 'groups', None)}: nothing would stay frozen: of groups besides the "
            f"head {below}; give fewer, or strategy=full."
        )
    return both


def strategy_of(node: dict[str, Any] | None) -> ForGan:
    """The strategy of a config; without one all of both networks learns. What `auto` means here is put in its place."""
    if node is None:
        return Full()
    if node.get("norm_stats") == "auto":
        node["norm_stats"] = "updated"
    strategy: ForGan = instantiate(node)
    return strategy


def settled(strategy: Strategy) -> Strategy:
    """BatchNorm of a GAN normalises by the batch, as it did where the weights come from, unless it is asked not to."""
    return dataclasses.replace(strategy, norm_stats="updated") if strategy.norm_stats == "auto" else strategy
