"""Who plays against whom on a batch of pairs: one pair of networks, or two that also undo each other's work."""

# No `from __future__ import annotations`: the annotations are the schema that YAML values are validated against.

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn

from artesano.data.batches import Pairs
from artesano.gan.pair import AdversarialPair


@dataclass(frozen=True)
class Rules:
    """What kind of game it is: `game.*`.

    Args:
        kind: what is made of the images, and so how a result is measured and drawn.
        sees_source: the discriminator is shown the source beside the image, so that it judges the pair (pix2pix).
        cycle: a second pair learns the way back.
        adversarial_weight: of the generator's adversarial loss beside the terms; 0 = no adversary: the ablation.
    """

    kind: Literal["restoration", "translation", "inpainting"] = "translation"
    sees_source: bool = False
    cycle: bool = False
    adversarial_weight: Annotated[float, Field(ge=0)] = 1.0


@dataclass
class Scene:
    """What one pair has before it in a step.

    source: float [N, Cs, h, w], what the fakes are made from.
    real: float [N, C, H, W], the wanted images, or only images of the wanted kind.
    fake: float [N, C, H, W], with the generator's graph.
    labels: int64 [N].
    cycled: the source again, from the fake by the other generator.
    same: what the generator makes of `real`.
    """

    pair: AdversarialPair
    source: Tensor
    real: Tensor
    fake: Tensor
    labels: Tensor
    cycled: Tensor | None = None
    same: Tensor | None = None

    def __post_init__(self) -> None:
        # A discriminator can look at both only where they have one size (never in super-resolution).
        self.shown = self.source if self.source.shape[-2:] == self.real.shape[-2:] else None


class Game(nn.Module):
    """One pair: super-resolution, paired translation, inpainting.

    Args:
        forth: source -> target.
        back: target -> source, for games that need it.
    """

    back: AdversarialPair | None

    def __init__(self, forth: AdversarialPair, back: AdversarialPair | None = None):
        super().__init__()
        self.forth = forth
        self.back = back

    @property
    def pairs(self) -> list[AdversarialPair]:
        return [pair for pair in (self.forth, self.back) if pair is not None]

    def generators(self) -> nn.ModuleDict:
        """The generators by direction: what is averaged, measured and shipped."""
        named = {"forth": self.forth, "back": self.back}
        return nn.ModuleDict({name: pair.generator for name, pair in named.items() if pair is not None})

    def discriminators(self) -> nn.ModuleList:
        return nn.ModuleList(pair.discriminator for pair in self.pairs)

    def scenes(self, batch: Pairs) -> list[Scene]:
        """One for each pair, the generators' graphs included."""
        assert batch.source is not None
        fake = self.forth.generator(batch.source, batch.labels)
        return [Scene(self.forth, batch.source, batch.target, fake, batch.labels)]


class CycleGame(Game):
    """Two pairs, there and back, without partners in the data (CycleGAN; Zhu et al. 2017, arXiv 1703.10593)."""

    def scenes(self, batch: Pairs) -> list[Scene]:
        assert batch.source is not None
        assert self.back is not None
        forth, back = self.forth.generator, self.back.generator
        a, b, labels = batch.source, batch.target, batch.labels
        fake_b, fake_a = forth(a, labels), back(b, labels)
        alike = a.shape[1] == b.shape[1]
        there = Scene(
            self.forth, a, b, fake_b, labels, back(fake_b, labels), self.unchanged(self.forth, b, labels, alike)
        )
        return [
            there,
            Scene(self.back, b, a, fake_a, labels, forth(fake_a, labels), self.unchanged(self.back, a, labels, alike)),
        ]

    @staticmethod
    def unchanged(pair: AdversarialPair, images: Tensor, labels: Tensor, alike: bool) -> Tensor | None:
        """The generator on images that are what it shall make already; not computed where no term asks for it."""
        wanted = alike and any(term.reads_same for term in pair.terms)
        return pair.generator(images, labels) if wanted else None
