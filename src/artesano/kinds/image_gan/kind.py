"""GANs that make images from images: super-resolution, translation, inpainting."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artesano.kinds.kind import Kind

if TYPE_CHECKING:
    from torch import Tensor

    from artesano.kinds.image_gan.options import ImageGanOptions


class ImageGan(Kind):
    """See `artesano.kinds.kind.Kind`."""

    name = "image_gan"
    task = "gan"
    noun = "a GAN from images (task=gan gan=srgan, pix2pix, ...)"

    def claims(self, config: Mapping[str, Any]) -> bool:
        return config.get("gan.kind") == "image"

    # Training a run ---------------------------------------------------------------------------------------------

    @property
    def options(self) -> type[ImageGanOptions]:
        from artesano.kinds.image_gan.options import ImageGanOptions

        return ImageGanOptions

    def experiment(self, options: Any) -> Any:
        from artesano.kinds.image_gan.experiment import ImageGanExperiment

        return ImageGanExperiment(options)

    # Using a trained run ----------------------------------------------------------------------------------------

    def load(self, run: str | Path, which: str = "best") -> Any:
        from artesano.kinds.image_gan.load import load_image_gan

        return load_image_gan(run, which)

    def evaluate(self, run: str, overrides: list[str], arguments: Namespace) -> int:
        raise NotImplementedError

    def shipped(self, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        raise NotImplementedError

    def summary(self, model: Mapping[str, Any]) -> str:
        return f"A GAN from images ({model['gan']}, {model['game']})."

    def next_steps(self, place: str) -> list[str]:
        return [
            f"artesano sample {place}   # before and after",
            f"artesano predict {place} <image or folder>",
            f"artesano export {place}",
        ]
