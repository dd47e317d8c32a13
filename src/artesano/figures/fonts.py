"""The font of what is written into pictures of pixels."""

from __future__ import annotations

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font
from PIL import ImageFont

from artesano.figures.style import FONTS

TEXT = 13  # pixels, of captions


def font_for(text: str, size: int = TEXT) -> ImageFont.FreeTypeFont:
    """Matplotlib's own font, or the first installed one that has every character of `text`."""
    needed = {ord(character) for character in text if not character.isspace()}
    installed = {entry.name: entry.fname for entry in reversed(font_manager.fontManager.ttflist)}
    files = [font_manager.findfont(FONTS[0]), *(installed[name] for name in FONTS[1:] if name in installed)]
    complete = (file for file in files if needed <= FT2Font(file).get_charmap().keys())
    return ImageFont.truetype(next(complete, files[0]), size)
