"""The studies of habits and of wide photos: labels are flipped as said, and the class stands at one end of a canvas."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(autouse=True)
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "scripts"))


def test_flipped_labels_differ_and_are_counted_near_the_top():
    from study_habits import counted, flip

    table = pd.DataFrame({"path": [f"{row}.png" for row in range(200)], "label": ["a", "b"] * 100})
    before = table["label"].copy()
    flipped = flip(table)
    changed = table["label"] != before
    assert len(flipped) == 6
    assert set(table["path"][changed]) == flipped
    order = [*sorted(flipped)[:4], *sorted(set(table["path"]) - flipped), *sorted(flipped)[4:]]
    listed = pd.DataFrame({"image": order, "suspected": [row < 5 for row in range(200)]})
    assert counted(listed, flipped) == {
        "first_5_percent": 10, "flipped_among_them": 4, "recall": 0.6667, "suspected": 5, "flipped_among_suspected": 4,
    }  # fmt: skip


def test_jobs_are_whole_runs_first():
    from study_habits import jobs

    every = jobs([0, 1], "folder")
    assert len({job.name for job in every}) == len(every) == 12
    assert [job.about["way"] for job in every[:4]] == ["whole"] * 4


def test_a_canvas_shows_its_tile_upright_at_one_end():
    from study_wide import canvas

    tile = np.zeros((8, 8, 3), dtype=np.uint8)
    tile[0] = 255  # its upper edge
    random = np.random.default_rng(0)
    shapes = set()
    for _ in range(12):
        image = canvas(tile, random)
        shapes.add(image.shape)
        ends = (image[:8, :8], image[-8:, -8:])
        assert sum(np.array_equal(end, tile) for end in ends) == 1
    assert shapes == {(8, 24, 3), (24, 8, 3)}
