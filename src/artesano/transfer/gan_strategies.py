"""Strategies for the two networks of a GAN alone; the others are in `artesano.transfer.strategies`."""

from __future__ import annotations

from dataclasses import dataclass

from artesano.transfer.strategies import Amount, Decay, ForGan, Full, Multiplier, NormStats, Partial, Strategy


@dataclass
class FreezeD(ForGan):
    """The lower layers of the discriminator stay as they are, the generator learns as a whole (Mo et al. 2020, arXiv
    2002.10964).

    Args:
        groups: how many groups of the discriminator learn with its head, from 1; or a fraction, rounded up.
        head_lr, layer_decay, norm_stats: as of `Partial`.
    """

    groups: Amount = 2
    head_lr: Multiplier = 1.0
    layer_decay: Decay = 1.0
    norm_stats: NormStats = "updated"

    def players(self) -> tuple[Strategy, Strategy]:
        full = Full(self.head_lr, self.norm_stats, layer_decay=self.layer_decay)
        return full, Partial(self.head_lr, self.norm_stats, layer_decay=self.layer_decay, groups=self.groups)
