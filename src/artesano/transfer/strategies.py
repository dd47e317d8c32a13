"""Which parameters learn, when, and how fast: pure functions of the group map, testable without a trainer.

A strategy over time only gates what exists from step 0; no optimiser group is ever added in mid-run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from artesano.errors import BadInput
from artesano.training.learning import Stage
from artesano.transfer.groups import Groups
from artesano.transfer.network import Classifier
from artesano.transfer.norm_stats import Statistics, automatic

Multiplier = Annotated[float, Field(gt=0)]
Decay = Annotated[float, Field(gt=0, le=1)]
Share = Annotated[float, Field(ge=0, lt=1)]
NormStats = Literal["pretrained", "updated", "auto"]
Pull = Annotated[float, Field(ge=0)]
Amount = Annotated[int, Field(ge=1)] | Annotated[float, Field(gt=0, lt=1)]


@dataclass
class Strategy:
    """Base of all strategies.

    Args:
        head_lr: multiplies the learning rate of the head.
        norm_stats: running statistics of the backbone's BatchNorm layers that learn: `pretrained` keeps them, `updated`
            averages over the new images, `auto` chooses. The default is that of runs from before there was a choice.
        l2_sp: weight of half the squared distance to the pretrained weights, as a term of the loss (L2-SP; Li et al.
            2018, arXiv 1802.01483). It stands in the place of the backbone's weight decay; 0 = off.
    """

    head_lr: Multiplier = 1.0
    norm_stats: NormStats = "updated"
    l2_sp: Pull = 0.0

    def adapt(self, classifier: Classifier) -> None:
        """Change the network's layers before step 0; most strategies leave them as they are.

        Raises:
            BadInput: the backbone has no layer for it.
        """

    def stages(self, groups: Groups) -> list[Stage]:
        """Ordered by `start`; the first starts at 0."""
        raise TypeError(f"{type(self).__name__} must implement stages")

    def auto_norm_stats(self, groups: Groups, images: int) -> Statistics:
        """What `norm_stats=auto` means with so many training images."""
        ever = frozenset().union(*(stage.trainable for stage in self.stages(groups)))
        learning = {groups.of[name] for name in ever - groups.head}
        return automatic(images, len(learning) / groups.head_index)

    def lr_scale(self, groups: Groups, name: str) -> float:
        """Factor of the learning rate of one parameter, the same throughout the run."""
        return self.head_lr if name in groups.head else self.backbone_scale(groups.head_index - groups.of[name])

    def backbone_scale(self, below_head: int) -> float:
        """Factor for the group that lies `below_head` >= 1 groups under the head."""
        return 1.0


class ForGan:
    """A strategy that the two networks of a pretrained GAN can learn by.

    Groups are counted from the images inwards in both; see `artesano.transfer.adversary_groups`.
    """

    def players(self) -> tuple[Strategy, Strategy]:
        """That of the generator and that of the discriminator."""
        assert isinstance(self, Strategy)
        return self, self


@dataclass
class Freeze(Strategy):
    """The backbone is a feature extractor: only the head learns.

    Args:
        cache: compute the features once and train on them.
    """

    cache: bool = True
    norm_stats: NormStats = field(default="updated", init=False)  # no option: no BatchNorm learns
    l2_sp: Pull = field(default=0.0, init=False)  # nor any other layer of the backbone

    def stages(self, groups: Groups) -> list[Stage]:
        return [Stage(0.0, groups.head)]


@dataclass
class Layered(Strategy):
    """Fine-tuning whose learning rate falls with depth (ELECTRA, Clark et al. 2020, arXiv 2003.10555, section 3).

    Args:
        layer_decay: the learning rate of a group is that of the group above it times this; the uppermost group of
            the backbone gets `optimizer.lr * layer_decay`.
        freeze_stem: the first group never learns (Kumar et al. 2022, arXiv 2211.09359: as good as AdamW with SGD).
    """

    layer_decay: Decay = 1.0
    freeze_stem: bool = False

    def backbone_scale(self, below_head: int) -> float:
        return self.layer_decay**below_head

    def top(self, groups: Groups, count: int) -> frozenset[str]:
        """The head and the `count` uppermost groups, without the stem if that is frozen."""
        return groups.top(count) - (frozenset(groups.names[0]) if self.freeze_stem else frozenset())


@dataclass
class Full(Layered, ForGan):
    """All parameters are trained."""

    def stages(self, groups: Groups) -> list[Stage]:
        return [Stage(0.0, self.top(groups, groups.head_index))]


@dataclass
class Partial(Layered, ForGan):
    """The head and the uppermost groups of the backbone learn; of a GAN those far from the images, in both networks.

    Args:
        groups: how many groups, from 1; or a fraction of them between 0 and 1, rounded up.
    """

    groups: Amount = 2

    def stages(self, groups: Groups) -> list[Stage]:
        count = self.groups if isinstance(self.groups, int) else math.ceil(self.groups * groups.head_index)
        return [Stage(0.0, self.top(groups, count))]


@dataclass
class LpFt(Layered):
    """Linear probing, then fine-tuning (Kumar et al. 2022, arXiv 2202.10054): the pretrained features meet a head
    that already fits them, so they are distorted less and survive a change of domain better. Each of the two parts
    has the learning-rate schedule to itself.

    Args:
        probe: share of the run in which only the head learns.
        backbone_lr: multiplies the learning rate of the backbone.
    """

    probe: Annotated[float, Field(gt=0, lt=1)] = 0.4
    backbone_lr: Multiplier = 0.1

    def stages(self, groups: Groups) -> list[Stage]:
        return [Stage(0.0, groups.head), Stage(self.probe, self.top(groups, groups.head_index), restart=True)]

    def backbone_scale(self, below_head: int) -> float:
        return self.backbone_lr * super().backbone_scale(below_head)


@dataclass
class Gradual(Layered, ForGan):
    """Unfreeze from the top, one group at a time (ULMFiT, Howard and Ruder 2018, arXiv 1801.06146, section 3.3).

    Args:
        start: share of the run in which only the head learns.
        end: share of the run at which the last group joins.
    """

    start: Share = 0.2
    end: Annotated[float, Field(gt=0, le=1)] = 0.7

    def stages(self, groups: Groups) -> list[Stage]:
        count = groups.head_index
        wait = max(0.0, self.end - self.start) / max(1, count - 1)
        opened = [Stage(self.start + (k - 1) * wait, self.top(groups, k)) for k in range(1, count + 1)]
        return [Stage(0.0, groups.head), *opened]


@dataclass
class Norm(Strategy, ForGan):
    """The head and the normalisation layers learn: scales and shifts, and with `norm_stats=updated` the statistics of
    BatchNorm too, as in fastai's `freeze()` and Lightning's `BackboneFinetuning`. It costs a backward pass through all
    layers, which pays off far from ImageNet.

    Of a generator the scales and shifts alone learn (Noguchi and Harada 2019, arXiv 1904.01774); its discriminator,
    which has to tell other images from it, learns as a whole.

    Args:
        norm_lr: multiplies the learning rate of the normalisation layers.
    """

    norm_lr: Multiplier = 1.0

    def stages(self, groups: Groups) -> list[Stage]:
        return [Stage(0.0, groups.head | groups.norms)]

    def backbone_scale(self, below_head: int) -> float:
        return self.norm_lr

    def players(self) -> tuple[Strategy, Strategy]:
        scales = ScaleAndShift(norm_lr=self.norm_lr, norm_stats=self.norm_stats)
        return scales, Full(head_lr=self.head_lr, norm_stats=self.norm_stats)


@dataclass
class ScaleAndShift(Norm):
    """The normalisation layers alone learn: there is no new head."""

    def stages(self, groups: Groups) -> list[Stage]:
        if not groups.norms:
            raise BadInput(
                "strategy=norm: the generator has no normalisation layer with scale and shift "
                "(hacks.generator_norm=batch, instance and virtual_batch have); give strategy=partial, freeze_d, "
                "gradual or full."
            )
        return [Stage(0.0, groups.norms)]

    def lr_scale(self, groups: Groups, name: str) -> float:
        return self.norm_lr


@dataclass
class BitFit(Strategy):
    """The head and all biases learn (BitFit; Ben Zaken et al. 2022, arXiv 2106.10199). In a convolutional net these are
    the shifts of the normalisation layers.

    Args:
        bias_lr: multiplies the learning rate of the biases of the backbone.
    """

    bias_lr: Multiplier = 1.0

    def stages(self, groups: Groups) -> list[Stage]:
        return [Stage(0.0, groups.head | groups.biases)]

    def backbone_scale(self, below_head: int) -> float:
        return self.bias_lr


@dataclass
class Auto(Strategy):
    """One of `freeze`, `partial`, `lpft` and `full`, chosen before step 0 as `artesano advise` does.

    Args:
        minutes: that the training may take; None = any.
    """

    minutes: Annotated[float, Field(gt=0)] | None = None
    head_lr: Multiplier = field(default=1.0, init=False)  # no options: the chosen strategy has its own
    norm_stats: NormStats = field(default="updated", init=False)
    l2_sp: Pull = field(default=0.0, init=False)
