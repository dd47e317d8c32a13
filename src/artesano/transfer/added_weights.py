"""Strategies that leave the pretrained weights as they are and train weights that they add to them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import AfterValidator, Field

from artesano.backbones.create import image_shape
from artesano.training.adapters import add_adapters
from artesano.training.learning import Stage
from artesano.training.low_rank import add_updates
from artesano.transfer.groups import Groups
from artesano.transfer.network import Classifier
from artesano.transfer.strategies import Multiplier, NormStats, Pull, Strategy


def pattern(text: str) -> str:
    """A regular expression.

    Raises:
        ValueError: it is none.
    """
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"is not a regular expression ({error})") from None
    return text


@dataclass
class Lora(Strategy):
    """The head and low-rank updates of frozen weights learn (LoRA; Hu et al. 2021, arXiv 2106.09685). What uses the run
    gets the weights with their updates added, so that a trained network is as large and as fast as before.

    Args:
        rank: of each update: rank * (inputs + outputs) numbers for a layer of inputs * outputs.
        alpha: the updates are scaled by alpha / rank.
        layers: regular expression, searched in the names of linear layers and 1x1 convolutions: `attn` or `qkv|fc1`;
            None = all of them.
        lora_lr: multiplies the learning rate of the updates.
    """

    rank: Annotated[int, Field(ge=1)] = 8
    alpha: Annotated[float, Field(gt=0)] = 16.0
    layers: Annotated[str, AfterValidator(pattern)] | None = None
    lora_lr: Multiplier = 1.0
    norm_stats: NormStats = field(default="updated", init=False)  # no option: no BatchNorm learns

    def adapt(self, classifier: Classifier) -> None:
        add_updates(classifier.backbone, self.rank, self.alpha, self.layers)

    def stages(self, groups: Groups) -> list[Stage]:
        return [Stage(0.0, groups.head | groups.updates)]

    def backbone_scale(self, below_head: int) -> float:
        return self.lora_lr


@dataclass
class Adapter(Strategy):
    """The head and small networks after the blocks of the frozen backbone learn (Houlsby et al. 2019, arXiv 1902.00751;
    there each layer of a transformer has two, and the layer norms learn too). They stay in the trained network, which
    is a little slower.

    Args:
        width: of each bottleneck.
        adapter_lr: multiplies the learning rate of the adapters.
    """

    width: Annotated[int, Field(ge=1)] = 16
    adapter_lr: Multiplier = 1.0
    norm_stats: NormStats = field(default="updated", init=False)  # no option: no BatchNorm learns
    l2_sp: Pull = field(default=0.0, init=False)  # nor any pretrained weight

    def adapt(self, classifier: Classifier) -> None:
        add_adapters(classifier.backbone, self.width, image_shape(classifier.backbone))

    def stages(self, groups: Groups) -> list[Stage]:
        return [Stage(0.0, groups.head | groups.adapters)]

    def backbone_scale(self, below_head: int) -> float:
        return self.adapter_lr
