"""A picture of the sample grids of several runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from artesano.figures.style import picture


def draw(grids: Mapping[str, Path], path: Path) -> None:
    """The upper half of `plots/samples.png` of each run folder under its title, four in a line."""
    lines = -(-len(grids) // 4)
    with picture(path, 12, 1.9 * lines) as figure:
        panels = list(figure.subplots(lines, 4, squeeze=False).flat)  # gone through twice
        for axes in panels:
            axes.axis("off")
        for axes, (title, folder) in zip(panels, grids.items(), strict=False):
            grid = Image.open(folder / "plots" / "samples.png")
            axes.imshow(grid.crop((0, 0, grid.width, grid.height // 2)), cmap="gray", vmin=0, vmax=255)
            axes.set_title(title)
