"""The keys at the root of a config of task=transfer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from artesano.config.options import Node, RunOptions


@dataclass(kw_only=True)
class TransferOptions(RunOptions):
    """See configs/task/transfer.yaml."""

    mappings: ClassVar[dict[str, str]] = {**RunOptions.mappings, "weights": "artesano.backbones.weights.Weights"}

    backbone: Annotated[str, Field(min_length=1)]
    backbone_args: Node
    weights: Node
    data: Node
    strategy: Node
    head: Node
    optimizer: Node
    schedule: Node
    label_smoothing: Annotated[float, Field(ge=0, lt=1)]
    class_weights: bool
    ema: Annotated[float, Field(gt=0, lt=1)] | None
