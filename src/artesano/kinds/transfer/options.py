"""The keys at the root of a config of task=transfer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from artesano.backbones.weights import Weights
from artesano.config.options import Count, Node, RunOptions
from artesano.config.uses import Makes
from artesano.data.dataset import ImageData
from artesano.kinds.transfer.target import unmet
from artesano.transfer.losses import Objective
from artesano.transfer.strategies import Strategy

PLAIN = "artesano.transfer.losses.BinaryCrossEntropy"


@dataclass(kw_only=True)
class TransferOptions(RunOptions):
    """See configs/task/transfer.yaml."""

    in_chans: Count
    backbone: Annotated[str, Field(min_length=1)]
    backbone_args: Node
    weights: Weights
    data: Annotated[Node, Makes(ImageData)]
    strategy: Annotated[Node, Makes(Strategy)]
    head: Node
    optimizer: Node
    schedule: Node
    label_smoothing: Annotated[float, Field(ge=0, lt=1)]
    class_weights: bool
    multilabel: Annotated[Node, Makes(Objective)] = field(default_factory=lambda: {"_target_": PLAIN})
    ema: Annotated[float, Field(gt=0, lt=1)] | None
    adapt: Node | None = None  # null in runs that know of no target

    def unmet(self, choices: Mapping[str, str]) -> Iterator[str]:
        return unmet(self.adapt, choices) if self.adapt is not None else iter(())
