"""Bars of average precision: of few labels, of very many, of none that can be measured."""

import numpy as np
import pytest
from PIL import Image

from artesano.figures.label_bars import label_bars


@pytest.mark.parametrize("count", [0, 3, 100])
def test_drawn(tmp_path, ink, count):
    precision = np.linspace(0.2, 1, count)
    precision[: count // 3] = np.nan
    label_bars(precision, np.arange(count), 50, [f"US$ {k}" for k in range(count)], tmp_path / "a.png")
    assert Image.open(tmp_path / "a.png").height < 2600
