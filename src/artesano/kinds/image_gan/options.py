"""The keys at the root of a config of task=gan that only GANs from images have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from artesano.config.options import Node
from artesano.kinds.adversarial.options import GanOptions


@dataclass(kw_only=True)
class ImageGanOptions(GanOptions):
    """See configs/gan/srgan.yaml and configs/gan/pix2pix.yaml."""

    image_to_image: Node
    phases: Node
    degradation: Node
    scale: Literal[2, 3, 4, 8] | None = None
