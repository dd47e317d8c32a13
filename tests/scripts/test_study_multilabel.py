"""The study of several labels: no tile is in two parts, and the lecture says what its table says, in both languages."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))


def test_pictures_have_the_halves_of_two_classes_and_parts_share_no_tile(tmp_path, monkeypatch):
    import study_multilabel

    shades = {}
    for place, name in enumerate(("beach", "forest", "river")):
        (tmp_path / "tiles" / name).mkdir(parents=True)
        for number in range(50):
            shade = place * 50 + number
            shades[shade] = name, number
            Image.new("L", (8, 8), shade).save(tmp_path / "tiles" / name / f"{name}{number:02}.png")
    table = pd.read_csv(study_multilabel.compose(tmp_path / "tiles", tmp_path / "work"))
    used = {part: set() for part in study_multilabel.PARTS}
    for row in table.sample(60, random_state=0).itertuples():
        pixels = np.asarray(Image.open(tmp_path / "work" / row.path))[..., 0]
        tiles = [shades[pixels[0, 0]], shades[pixels[0, -1]]]
        assert [name for name, _ in tiles] == row.labels.split(";")
        assert row.one in row.labels.split(";")
        assert tiles[0][0] != tiles[1][0]
        used[row.part].update(tiles)
    for part, (numbers, count) in study_multilabel.PARTS.items():
        assert {number for _, number in used[part]} <= set(numbers)
        assert (table["part"] == part).sum() == count


@pytest.mark.parametrize(("page", "to"), [("lecture.md", "to"), ("clase.md", "a")])
def test_the_lecture_has_the_figures_of_the_table(page, to):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    rows = pd.read_csv(ROOT / "docs" / "results" / "multilabel.csv")
    cells = rows.groupby(["arm", "strategy"])["map"].agg(["mean", "min", "max"])
    for arm in rows["arm"].unique():
        pair = [f"{m:.3f} ({low:.3f} {to} {high:.3f})" for m, low, high in cells.loc[arm].itertuples(index=False)]
        assert f"| {' | '.join(pair)} |" in text
