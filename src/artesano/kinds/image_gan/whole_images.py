"""A generator that takes images of any size: tiles as large as memory allows, smaller ones when it runs out."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from artesano.errors import BadInput
from artesano.kinds.image_gan.generator import ImageGenerator
from artesano.kinds.image_gan.tile_memory import SHARE, bytes_per_pixel, free_memory, halving, side_for
from artesano.kinds.image_gan.tiles import Tiling, in_tiles
from artesano.progress_bars import NoBars

# px of a tile's side: convolutions on a CPU become slower beyond this, and on a GPU not faster
MOST = {"cpu": 512, "cuda": 1024}
TRIED = 64  # px: the smallest tile, and the one on which the need for memory is measured; rounded up to the multiple
BANDS = 3  # copies of a row of tiles: the one being filled, what it hands on, and its rounding
GB = 1e9


@dataclass
class WholeImages:
    """Asks a generator about whole images.

    Attributes:
        gan: the generator.
        memory: GB that may be used; None = half of what is free.
        tile: side of the tiles in px of the source; None = from the memory.
        bars: told of the tiles and of what has to be said.
        limit: no larger tile is tried, since memory ran out with one.
    """

    gan: ImageGenerator
    memory: float | None = None
    tile: int | None = None
    bars: NoBars = field(default_factory=NoBars)
    limit: int | None = None
    _per_pixel: float | None = None
    _warned: bool = False

    def __post_init__(self) -> None:
        if self.memory is not None and not self.memory > 0:
            raise BadInput(f"--memory {self.memory:g}: give a number of GB above 0.")
        if self.tile is not None and self.tile < 1:
            raise BadInput(f"--tile {self.tile}: give a number of pixels above 0.")

    @property
    def least(self) -> int:
        """The smallest side of a tile that is tried."""
        least = -(-TRIED // self.gan.multiple) * self.gan.multiple
        return least if self.tile is None else min(least, self.tile)

    def __call__(self, source: np.ndarray, label: int | None = None) -> np.ndarray:
        """What the generator makes of an image.

        Args:
            source: [h, w, Cin], uint8 or uint16, or float32 in [0, 1].

        Returns:
            [scale * h, scale * w, Cout] of the same type.

        Raises:
            MemoryError: it runs out with the smallest tiles too.
        """
        gan, (height, width) = self.gan, source.shape[:2]

        def ask(tile: Tensor) -> Tensor:
            return gan(tile, label)

        def attempt(side: int) -> np.ndarray:
            tiling = Tiling.of(side, gan.multiple, gan.halo)
            self.begin(tiling, height, width)
            return in_tiles(ask, source, tiling, channels=gan.out_channels, scale=gan.scale, done=self.bars.tile_done)

        whole = -(-max(height, width) // gan.multiple) * gan.multiple
        first_side = min(self.side(height, width, source.dtype), max(whole, self.least))
        result, used = halving(attempt, first_side, self.least, self.bars.say)
        if used < first_side:
            self.limit = used
        return result

    def begin(self, tiling: Tiling, height: int, width: int) -> None:
        """Tell of the tiles; once, if they are not the whole."""
        count = tiling.count(height, width)
        self.bars.tiles(count)
        if count > 1 and not tiling.exact and not self._warned:
            self._warned = True
            sees = "the whole image" if self.gan.halo is None else f"what is up to {self.gan.halo} px away"
            self.bars.say(
                f"each pixel that this generator makes depends on {sees}: tiles of {tiling.side} px overlap by half, "
                f"and the result differs from that of the whole at once (trained on {self.gan.crop} px; "
                "`predict --tile` takes another size)"
            )

    def side(self, height: int, width: int, dtype: np.dtype) -> int:
        """Side of the tiles for an image of this size."""
        if self.tile is not None:
            side = self.tile
        elif self.gan.halo is None:
            side = self.gan.crop
        else:
            side = self.side_in_memory(height, width, dtype)
        return side if self.limit is None else min(side, self.limit)

    def side_in_memory(self, height: int, width: int, dtype: np.dtype) -> int:
        """The largest side with which tiles, the rows of tiles and the result fit into the memory."""
        gan = self.gan
        assert gan.halo is not None
        device = gan.device
        budget = SHARE * free_memory(device) if self.memory is None else self.memory * GB
        row = gan.scale**2 * width * gan.out_channels  # numbers in a result as high as one px of the source

        def besides(side: int) -> float:
            if device.type != "cpu":
                return 0.0
            return row * (BANDS * 4 * min(side, height) + height * dtype.itemsize)

        most = MOST.get(device.type, MOST["cpu"]) + 2 * gan.halo
        return side_for(budget, self.per_pixel, besides, least=self.least, most=most, grid=gan.multiple)

    @property
    def per_pixel(self) -> float:
        """Bytes that a tile needs for a px of the source; measured once."""
        if self._per_pixel is None:
            side = -(-TRIED // self.gan.multiple) * self.gan.multiple
            label = 0 if self.gan.conditional else None
            self._per_pixel = bytes_per_pixel(lambda tile: self.gan(tile, label), self.gan.in_channels, side)
        return self._per_pixel
