"""Rows that are shown of a part: of each zoom level as many, and evenly among its own."""

import numpy as np
import pytest

from artesano.data.pairs.listing import PairPart


@pytest.mark.parametrize(
    ("labels", "count", "rows"),
    [
        ([0] * 16 + [1] * 4 + [2], 6, [0, 7, 15, 16, 19, 20]),
        ([0] * 10, 3, [0, 4, 9]),
        ([0, 1, 0, 1], 9, [0, 1, 2, 3]),
        ([0, 1, 2], 2, [0, 1]),
    ],
    ids=["a level with one tile", "no levels", "fewer than wanted", "more levels than wanted"],
)
def test_each_level_has_its_share(labels, count, rows):
    number = np.arange(len(labels))
    part = PairPart([str(row) for row in number], np.array(labels), ["block"] * len(labels), None, number)
    assert part.spread(count).tolist() == rows
