"""Digits drawn with the fonts that matplotlib ships: a simulation of MNIST, for simulation -> real."""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from pydantic import Field

from artesano import seeding
from artesano.data.dataset import ImageData
from artesano.data.splits import Split

SIDE = 28
ZOOM = 4  # drawn this many times larger, then shrunk: smooth edges
FONTS = [
    *("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSansMono", "DejaVuSerif", "DejaVuSerif-Italic"),
    *("STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "STIXGeneralBolIta", "cmr10", "cmb10", "cmss10", "cmtt10"),
]


@dataclass(kw_only=True)
class RenderedDigits(ImageData):
    """28x28, white on black, classes in turn; image i is a function of (split_seed, i).

    Args:
        samples: images in all.
    """

    flip: bool = False
    samples: Annotated[int, Field(ge=30)] = 5000

    def read_splits(self) -> tuple[list[str], dict[str, Split]]:
        labels = np.arange(self.samples, dtype=np.int64) % 10
        names = [f"rendered_digits/{self.split_seed}/{row}" for row in range(self.samples)]
        return [str(digit) for digit in range(10)], {"train": Split(labels, names, Drawn(self.split_seed))}


@dataclass
class Drawn:
    """Draws image `row`: the next of the signs in turn, in a random font, stroke, pose, blur and noise."""

    seed: int
    signs: str = "0123456789"

    def __call__(self, row: int) -> Image.Image:
        random = np.random.default_rng(seeding.derive(self.seed, "digit", row))
        font = _font(FONTS[random.integers(len(FONTS))])
        stroke = int(random.integers(0, 5))
        glyph = _centred(self.signs[row % len(self.signs)], font, stroke)
        posed = glyph.transform(glyph.size, Image.Transform.AFFINE, _pose(random), Image.Resampling.BILINEAR)
        soft = posed.filter(ImageFilter.GaussianBlur(random.uniform(0, 0.6) * ZOOM))
        pixels = np.asarray(soft.resize((SIDE, SIDE), Image.Resampling.BOX), dtype=np.float64)
        noise = random.normal(0, random.uniform(0, 12), pixels.shape)
        return Image.fromarray((pixels + noise).clip(0, 255).round().astype(np.uint8))


def _centred(text: str, font: ImageFont.FreeTypeFont, stroke: int) -> Image.Image:
    """White on black with the ink in the middle, about 20 of 28 pixels high, as in MNIST."""
    image = Image.new("L", (SIDE * ZOOM, SIDE * ZOOM))
    left, top, right, bottom = font.getbbox(text, stroke_width=stroke)
    corner = (image.width - left - right) / 2, (image.height - top - bottom) / 2
    ImageDraw.Draw(image).text(corner, text, fill=255, font=font, stroke_width=stroke)
    return image


def _pose(random: np.random.Generator) -> tuple[float, ...]:
    """Rows of the inverse map of `Image.transform`: turn 15 degrees, shear 0.25, scale 0.8-1.1, shift 2 pixels."""
    angle, shear = np.radians(random.uniform(-15, 15)), random.uniform(-0.25, 0.25)
    scale = random.uniform(0.8, 1.1, size=2)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    inverse = np.linalg.inv(turn @ np.array([[1, shear], [0, 1]]) @ np.diag(scale))
    centre = np.full(2, SIDE * ZOOM / 2)
    offset = centre - inverse @ (centre + random.uniform(-2, 2, size=2) * ZOOM)
    return (*inverse[0], offset[0], *inverse[1], offset[1])


@functools.lru_cache(maxsize=len(FONTS))
def _font(name: str) -> ImageFont.FreeTypeFont:
    file = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf"
    probe = ImageFont.truetype(file, 100)
    _, top, _, bottom = probe.getbbox("0")
    return ImageFont.truetype(file, round(100 * 20 * ZOOM / (bottom - top)))  # 0 is 20 of 28 pixels high
