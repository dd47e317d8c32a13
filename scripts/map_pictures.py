"""The pictures of drawn maps: photo beside all styles, and three zoom levels in a style each.

python scripts/map_pictures.py     docs/images/map_styles.png, map_levels.png
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from artesano.data.pairs import globe
from artesano.data.pairs.blue_marble import SATELLITE, picture
from artesano.data.pairs.drawn_map import drawn_map
from artesano.data.pairs.map_styles import DRAWN
from artesano.figures.strips import strips

IMAGES = Path(__file__).parents[1] / "docs" / "images"
SIDE = 64
PLACES = {
    "Italy": (14, 42),
    "Lower Egypt": (32, 28),
    "Great Lakes": (-86, 45),
    "Japan": (136, 36),
    "Niger": (4, 13),
}
LEVELS = {64: "street", 128: "atlas", 256: "overview"}


def square(pixels: np.ndarray, level: int, east: float, north: float) -> torch.Tensor:
    """uint8 [3, SIDE, SIDE] around a place."""
    factor = level // globe.BASE
    column = (int((east + 180) * globe.PER_DEGREE) - globe.start(0)) % globe.WIDTH // factor
    row = (int((90 - north) * globe.PER_DEGREE) - globe.TOP) // factor
    columns = np.arange(column - SIDE // 2, column + SIDE // 2) % pixels.shape[1]
    top = min(max(row - SIDE // 2, 0), len(pixels) - SIDE)
    return torch.from_numpy(pixels[top : top + SIDE, columns].copy()).movedim(-1, 0)


def main() -> None:
    start = globe.start(0)
    sources = {"photo": picture(SATELLITE, start, 128)} | {name: drawn_map(name, start, 128) for name in DRAWN}
    styles = {name: [square(pixels, 128, *place) for place in PLACES.values()] for name, pixels in sources.items()}
    strips(styles, IMAGES / "map_styles.png", list(PLACES), detail=False)
    levels = {}
    for level, style in LEVELS.items():
        for name, pixels in (("photo", picture(SATELLITE, start, level)), (style, drawn_map(style, start, level))):
            levels[f"{name} {level}"] = [square(pixels, level, *place) for place in PLACES.values()]
    strips(levels, IMAGES / "map_levels.png", list(PLACES), detail=False)


if __name__ == "__main__":
    main()
