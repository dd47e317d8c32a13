"""The keys at the root of a config of task=gan that only GANs from images have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from artesano.config.options import Node
from artesano.config.uses import CalledWith, Makes, Nothing
from artesano.data.degradations import Degradation
from artesano.data.pairs.base import PairData
from artesano.evaluation.pair_evaluation import PairEvaluation
from artesano.gan.image_to_image import ImageToImageOptions
from artesano.kinds.adversarial.needs import declared
from artesano.kinds.adversarial.options import GanOptions


@dataclass(kw_only=True)
class ImageGanOptions(GanOptions):
    """See configs/gan/srgan.yaml and configs/gan/pix2pix.yaml."""

    data: Annotated[Node, Makes(PairData)]
    latent: Annotated[Node, Nothing()]
    generator: Annotated[Node, CalledWith("in_channels", "out_channels", "image_size", "scale", "num_classes")]
    evaluation: Annotated[Node, Makes(PairEvaluation)]
    image_to_image: Annotated[Node, Makes(ImageToImageOptions)]
    phases: Node
    degradation: Annotated[Node, Makes(Degradation)]
    scale: Literal[2, 3, 4, 8] | None = None

    def provided(self) -> set[str]:
        own = {"target", *declared(self.degradation, "gives")}
        own |= {"source"} if self.degradation.get("scale") is None else set()
        own |= {"every_pixel"} if not own & {"mask", "drawing"} else set()
        return super().provided() | own | ({"way_back"} if self.image_to_image.get("cycle") else set())
