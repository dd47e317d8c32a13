"""Whether maps of two zoom levels show the same earth."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from artesano.metrics.lines import coast, line_f1
from artesano.metrics.palette import Palette


def scale_consistency(coarse: Tensor, fine: Tensor, palette: Palette) -> dict[str, Tensor]:
    """How far a map and the finer map of the same ground agree on where the sea is; per-image values [N] by name.

    Colours are read by their meaning, so that the two may be drawn in different styles. The finer map is made smaller:
    a pixel is sea where at least half of its own are.

    Args:
        coarse: float [N, C, H, W] in [0, 1].
        fine: float [N, C, k H, k W] in [0, 1], with a whole k.
        palette: with the meanings of the colours of both.

    Returns:
        `sea_agreement`: share of pixels where both have sea or both have none; `coast_agreement`: F1 of the coarse
        map's coast within a pixel of the finer map's, NaN where that has none.
    """
    factor = fine.shape[-1] // coarse.shape[-1]
    sea, finer = (palette.means("sea", palette.nearest(images)) for images in (coarse, fine))
    finer = F.avg_pool2d(finer.float().unsqueeze(1), factor).squeeze(1) >= 0.5
    return {
        "sea_agreement": (sea == finer).float().flatten(1).mean(1),
        "coast_agreement": line_f1(coast(sea), coast(finer)),
    }
