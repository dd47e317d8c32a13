"""Two domains on a plane: the features of both, before and after an adaptation."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from artesano.figures.embedding import bare
from artesano.figures.style import BLUE, ORANGE, picture


def domain_maps(maps: Mapping[str, np.ndarray], sources: int, path: str | os.PathLike) -> None:
    """A panel for each map of points float [N, 2], of which the first `sources` are of the source.

    Args:
        maps: title -> points; each has a plane of its own.
    """
    with picture(path, 4.6 * len(maps), 4.9) as figure:
        axes = np.atleast_1d(figure.subplots(1, len(maps)))
        dots: dict[str, Any] = {"s": 14, "alpha": 0.7, "linewidths": 0}
        for panel, (title, points) in zip(axes, maps.items(), strict=True):
            handles = [
                panel.scatter(*points[:sources].T, color=BLUE, **dots),
                panel.scatter(*points[sources:].T, color=ORANGE, **dots),
            ]
            bare(panel, title)
        figure.legend(handles, ["source", "target"], loc="outside lower center", ncols=2)
