"""The palette that the wanted images of a translation are read by, or why they have none."""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor

from artesano.data.pairs.listing import PairListing
from artesano.metrics.palette import Palette

OF_MAPS = 0.5  # of the pixels near one of its colours: photos have less, and "the right colour" means nothing in them


def palette_of(
    listing: PairListing, training_targets: Iterable[Tensor], colours: int
) -> tuple[Palette | None, str | None]:
    """The legend of drawn maps, else the colours that are found in the training targets; or the reason why not.

    Args:
        training_targets: float [N, C, H, W] in [0, 1], in batches; read only where there is no legend.
        colours: of a palette that has to be found.
    """
    if listing.targets == "photo":
        return None, "not measured: the wanted images are photos, and only maps have a palette"
    if listing.legend:
        return Palette.of_legend(listing.legend), None
    palette = Palette.fit(training_targets, colours)
    if listing.targets == "map" or palette.covered >= OF_MAPS:
        return palette, None
    return None, (
        f"not measured: only {100 * palette.covered:.0f} % of the pixels wanted are near one of "
        f"{len(palette.colours)} colours, as in photos; in maps it is {100 * OF_MAPS:.0f} % or more"
    )
