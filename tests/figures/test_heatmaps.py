"""Heatmaps of several images have one scale: where little speaks for a class the map is pale."""

import numpy as np
from PIL import Image

from artesano.figures import heatmaps
from artesano.figures.heatmaps import heatmap_pairs, overlaid

GREY = np.full((3, 32, 32), 100, dtype=np.uint8)


def colour(picture):
    """How far the strongest place is from grey."""
    return int((picture.astype(int).max(0) - picture.astype(int).min(0)).max())


def test_a_flat_map_is_vivid_alone_and_pale_beside_a_strong_one(tmp_path, monkeypatch):
    flat, strong = np.full((2, 2), 0.1), np.array([[0.0, 0.0], [0.0, 10.0]])
    assert colour(overlaid(GREY, flat, 10.0)) < 0.2 * colour(overlaid(GREY, flat))
    assert (overlaid(GREY, strong, 10.0) == overlaid(GREY, strong)).all()
    assert (overlaid(GREY, np.zeros((2, 2)), 0.0) == GREY).all()

    drawn = {}
    monkeypatch.setattr(
        heatmaps, "image_grid", lambda pictures, texts, *_, **__: drawn.update(zip(texts, pictures, strict=True))
    )
    heatmap_pairs([GREY, GREY], [flat, strong], ["one", "other"], tmp_path / "a.png")
    assert set(drawn) == {"one", "other", "0.1 of 10", "10 of 10"}
    assert (drawn["0.1 of 10"] == overlaid(GREY, flat, 10.0)).all()
    heatmap_pairs([GREY], [flat], ["one"], tmp_path / "a.png", highest=10.0)  # one of many that are drawn one by one
    assert (drawn["0.1 of 10"] == overlaid(GREY, flat, 10.0)).all()
    monkeypatch.undo()
    heatmap_pairs([GREY, GREY], [flat, strong], ["one", "other"], tmp_path / "a.png", "title")
    assert Image.open(tmp_path / "a.png").width > 300
