"""The keys at the root of a config of task=gan, as GANs on points take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from artesano.config.options import Node
from artesano.config.uses import Makes
from artesano.data.points import PointData
from artesano.evaluation.point_evaluation import PointEvaluation
from artesano.gan.networks import mlp
from artesano.kinds.adversarial.options import GanOptions


@dataclass(kw_only=True)
class PointGanOptions(GanOptions):
    """See configs/gan/toy.yaml. The size and the channels of images have one value each: they are not to be given."""

    image_size: Literal[1]
    in_chans: Literal[2]
    crop_pct: Annotated[float, Field(ge=1, le=1)] | None
    crop_mode: None = None
    data: Annotated[Node, Makes(PointData)]
    generator: Annotated[Node, Makes(mlp.Generator)]
    discriminator: Annotated[Node, Makes(mlp.Discriminator)]
    evaluation: Annotated[Node, Makes(PointEvaluation)]
