"""Bars of average precision of few labels, of very many, of none that can be measured; captions and titles."""

import numpy as np
import pytest
from PIL import Image

from artesano.figures.grid import _wrapped, image_grid
from artesano.figures.label_bars import label_bars


@pytest.mark.parametrize("count", [0, 3, 100])
def test_drawn(tmp_path, ink, count):
    precision = np.linspace(0.2, 1, count)
    precision[: count // 3] = np.nan
    label_bars(precision, np.arange(count), 50, [f"US$ {k}" for k in range(count)], tmp_path / "a.png")
    assert Image.open(tmp_path / "a.png").height < 2600


def test_captions_of_mistakes_keep_their_number():
    assert _wrapped("cat → dog · 0.97") == "cat → dog · 0.97"
    long = _wrapped(f"{'a_name_without_blanks_' * 3} → {'another_name_' * 3} · 0.97").split("\n")
    assert [len(line) <= 22 for line in long] == [True, True]
    assert (long[0][-1], long[1][-7:]) == ("→", " · 0.97")


def test_a_title_is_not_cut(tmp_path, ink):
    image = np.zeros((1, 3, 8, 8), dtype=np.uint8)
    image_grid(image, ["a"], tmp_path / "a.png", title="2 of 2 suspected labels: given → likely")
    pixels = np.asarray(Image.open(tmp_path / "a.png").convert("L"))
    assert (pixels[:50, -5:] > 250).all()  # white at the right end
    assert (pixels[:50] < 200).any()
