"""The run of a GAN from images -> its generator, as it is used from Python."""

from __future__ import annotations

import functools
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
from PIL import Image

from artesano.config.former_names import current_direction
from artesano.config.targets import resolve
from artesano.data.io.picture import Picture, Unusable
from artesano.data.io.python_images import list_images, picture_of, shown
from artesano.data.pairs.paper import Paper
from artesano.errors import BadInput, nearest
from artesano.gan.pixels import PixelRange
from artesano.kinds.image_gan.build import build_generator, generator_weights
from artesano.kinds.image_gan.generator import Direction, ImageGenerator
from artesano.kinds.image_gan.tiles import brightest
from artesano.kinds.image_gan.ways import HALF, WAYS, advised, check_invert, inverted
from artesano.kinds.image_gan.whole_images import WholeImages
from artesano.kinds.registry import open_run
from artesano.runs.checkpoint import fill, read_checkpoint, ready

logger = logging.getLogger("artesano.predict")


@dataclass(frozen=True, kw_only=True)
class LoadedImageGan(ImageGenerator):
    """A generator in eval mode, as `artesano.load` returns it for a GAN that makes images from images.

    Attributes:
        generator: a plain `nn.Module`: (source float [N, Cin, h, w], labels int64 [N] or None) -> float [N, Cout,
            scale * h, scale * w], both in the range of `pixels`.
        scale: sides of a result over those of its source.
        image_to_image: restoration, translation, cycle or inpainting.
        classes: names in the order of the labels; a generator that is not `conditional` takes none.
        record: run.json.
        folder: of the run.
    """

    def transform_image(
        self, image: Any, label: str | int | None = None, mask: Any = None, *, invert: bool = False
    ) -> Image.Image | np.ndarray:
        """What the generator makes of an image of any size, as `artesano predict` does: large ones tile by tile.

        Args:
            image: a path, a PIL image, an array [H, W] or [H, W, C], or a tensor [C, H, W]: uint8, uint16, or floats
                in [0, 1].
            label: name or index of a class, of a generator that takes labels.
            mask: of inpainting, an image of the same size that is white where pixels are missing; None = those that
                are transparent.
            invert: black for white, of a drawing; as `--invert`.

        Returns:
            A PIL image; an array [H, W, C] of the type of `image` where PIL has no mode for it (16 bits, floats, other
            numbers of channels).

        Raises:
            BadInput: an image, a label or a mask that this generator cannot use.
        """
        number = self.one_label(label, "label")
        if mask is not None and not self.fills_holes:
            raise BadInput(f"mask: {self.folder} is not an inpainting run; train one with gan=inpaint.")
        if invert:
            check_invert(self)
        try:
            picture = picture_of(image, self.picture_channels)
            picture = inverted(picture) if invert else picture
            hole = None if mask is None else missing(picture_of(mask, 1), picture)
            result = WAYS[self.image_to_image](self._whole, picture, number, hole)
        except Unusable as error:
            raise BadInput(f"{image if isinstance(image, str | Path) else 'the image'}: {error}") from None
        if result.remark:
            told = advised(result.remark, invert, "invert=True")
            logger.warning("%s: %s", image if isinstance(image, str | Path) else "the image", told)
        return shown(result)

    def predict(self, images: Any, label: str | int | None = None) -> Any:
        """`transform_image` of one image, or a list with the result of each.

        Args:
            images: an image, or several: a folder, a glob, or an iterable.
        """
        several, single = list_images(images)
        results = [self.transform_image(image, label) for image in several]
        return results[0] if single else results

    @functools.cached_property
    def _whole(self) -> WholeImages:
        return WholeImages(self)


def missing(mask: Picture, picture: Picture) -> np.ndarray:
    """bool [H, W, 1], True where the mask is brighter than half.

    Raises:
        Unusable: a mask of another size.
    """
    if mask.pixels.shape[:2] != picture.pixels.shape[:2]:
        sizes = (f"{height} x {width} px" for height, width, _ in (picture.pixels.shape, mask.pixels.shape))
        raise Unusable(", and its mask ".join(sizes))
    return mask.pixels.mean(2, keepdims=True) > HALF * brightest(mask.pixels.dtype)


def load_image_gan(run: str | Path, which: str = "best", direction: str = "a2b") -> LoadedImageGan:
    """The generator of a run.

    Args:
        run: its folder, its number, `last`, or a bundle.
        which: `best`, `last`, `raw` (the best, without the average), or a phase: the best of that phase.
        direction: `a2b`, or `b2a`: from target to source, of a cycle run; upper or lower case.

    Raises:
        BadInput: no such run, one of another kind, no such checkpoint, one that is cut short or of another
            composition, or a config that names a class that is not allowed (nothing of it is run).
    """
    direction = current_direction(direction)
    if direction not in (known := get_args(Direction)):
        raise BadInput(f"--direction {direction}: accepted: {', '.join(known)}.{nearest(direction, known)}")
    folder, record = open_run(run, "image_gan")
    model = record["model"]
    generator = build_generator(model, direction)
    saved = read_checkpoint(folder, which)
    weights = generator_weights(saved, direction)
    if direction == "b2a" and not weights:
        raise BadInput(f"--direction b2a: {folder} learned one direction only; gan=cyclegan learns both.")
    source, result = ("in_channels", "out_channels") if direction == "a2b" else ("out_channels", "in_channels")
    return LoadedImageGan(
        generator=ready(fill(generator, weights, saved.path)),
        pixels=PixelRange(model["normalise_images"]),
        image_to_image=model["image_to_image"],
        in_channels=model[source],
        out_channels=model[result],
        crop=max(1, model["image_size"] // model["scale"]),
        classes=model["classes"],
        conditional=model["conditional"],
        averaged=saved.averaged,
        record=record,
        folder=folder,
        paper=paper_in(model) if direction == "a2b" else None,
    )


def paper_in(model: Mapping[str, Any]) -> Paper | None:
    """The paper of the sources, also of runs from before it was recorded."""
    if "paper" in model:
        return model["paper"]
    return getattr(resolve(model["degradation"]["_target_"]), "paper", None)
