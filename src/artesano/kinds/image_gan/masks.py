"""Which pixels of a picture are missing, as the user drew it: white in a picture of the same size."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from artesano.data.io.images import UnreadableImage, open_image, to_mode
from artesano.data.io.picture import Unusable
from artesano.data.io.walk import walk
from artesano.errors import BadInput, nearest
from artesano.file_names import expanded
from artesano.kinds.image_gan.generator import ImageGenerator


def masks_for(gan: ImageGenerator, mask: str | None, inputs: Sequence[str]) -> Masks | None:
    """The masks that `--mask` names; None without.

    Raises:
        BadInput: there is no such place, or the run has no use for masks.
    """
    if mask is None:
        return None
    if not gan.fills_holes:
        raise BadInput(f"--mask {mask}: {gan.folder} is not an inpainting run; train one with gan=inpaint.")
    return Masks(mask, inputs)


class Masks:
    """One mask for all pictures, or a folder with one for each.

    Args:
        mask: a file; or a folder whose files are called like the pictures, up to the ending.
        inputs: pictures and folders; a picture's mask lies as far below `mask` as the picture below its folder.

    Raises:
        BadInput: no such file or folder, or a folder without images.
    """

    def __init__(self, mask: str, inputs: Sequence[str]):
        self.place = expanded(mask)
        self.homes = [expanded(place) for place in inputs]
        if not self.place.exists():
            beside = [entry.name for entry in self.place.parent.iterdir()] if self.place.parent.is_dir() else []
            raise BadInput(f"--mask {mask}: no such file or folder.{nearest(self.place.name, beside)}")
        files = [Path(file) for file in walk(self.place).images] if self.place.is_dir() else []
        if self.place.is_dir() and not files:
            raise BadInput(f"--mask {mask}: no image in this folder.")
        self.by_name = {file.relative_to(self.place).with_suffix(""): file for file in files}

    def inside(self, file: Path) -> Path:
        """Where the mask of a picture lies below the folder of masks, without its ending."""
        below = next((file.relative_to(home) for home in self.homes if home in file.parents), Path(file.name))
        return below.with_suffix("")

    def file(self, file: Path) -> Path | None:
        """The mask of a picture; None where there is none."""
        return self.by_name.get(self.inside(file)) if self.by_name else self.place

    def of(self, file: Path, size: tuple[int, ...]) -> np.ndarray:
        """bool [height, width, 1], True where pixels are missing: those that are brighter than half.

        Args:
            file: the picture.
            size: of the picture: height, width.

        Raises:
            Unusable: no mask of that name, one that cannot be read, or one of another size.
        """
        path = self.file(file)
        if path is None:
            raise Unusable(f"{self.place} holds no mask called {self.inside(file)}")
        try:
            mask = np.asarray(to_mode(open_image(path, whole=True), 1))
        except UnreadableImage as error:
            raise Unusable(f"its mask cannot be read: {error}") from None
        if mask.shape != size[:2]:
            raise Unusable(f"{size[1]} x {size[0]} px, and its mask {path} has {mask.shape[1]} x {mask.shape[0]}")
        return (mask >= 128)[..., None]
