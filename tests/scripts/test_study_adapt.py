"""The study of adaptation: arms differ in what is known of the target, and the gap is that between two of them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from artesano.config.compose import compose


@pytest.fixture(autouse=True)
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "scripts"))


def test_every_arm_composes_and_differs_in_its_target_alone():
    from study_adapt import ALONE, BOUND, METHODS, jobs

    made = {job.about["arm"]: compose(job.overrides({})).resolved for job in jobs([0], None)}
    assert list(made) == [ALONE, *METHODS, BOUND]
    own = {ALONE: set(), BOUND: {"name", "data"}, "adabn updated": {"name", "adapt", "strategy"}}
    for arm, resolved in made.items():
        different = {key for key in resolved if resolved[key] != made[ALONE].get(key)}
        assert different == own.get(arm, {"name", "adapt"})
    assert made[BOUND]["data"]["_target_"] == made["dann"]["adapt"]["data"]["_target_"]


def test_the_closed_share_is_that_of_the_gap():
    from study_adapt import ALONE, BOUND, summary

    cells = [(ALONE, 0, 0.6), (ALONE, 1, 0.7), ("dann", 1, 0.8), (BOUND, 0, 0.97), (BOUND, 1, 0.9)]
    rows = pd.DataFrame(cells, columns=["arm", "seed", "test_accuracy"]).assign(case="digits")
    table = summary(rows.assign(source_test_accuracy=1.0, seconds=3.0)).set_index("arm")
    assert table.loc["dann", "closed"] == pytest.approx(0.5), "beside the ends of its own seed"
    assert list(table.loc[[ALONE, BOUND], "closed"]) == [0, 1]


def test_no_tile_is_in_both_halves(tmp_path):
    from study_adapt import spoilt

    for name in ("field", "river"):
        (tmp_path / "whole" / name).mkdir(parents=True)
        for number in range(5):
            Image.fromarray(np.full((16, 16, 3), 40 * number, np.uint8)).save(
                tmp_path / "whole" / name / f"{number}.png"
            )
    places = spoilt(tmp_path / "whole", tmp_path / "halves")
    names = {domain: sorted(file.name for file in (place / "river").iterdir()) for domain, place in places.items()}
    assert names == {"source": ["0.png", "1.png", "2.png"], "target": ["3.png", "4.png"]}
    red, _, blue = np.asarray(Image.open(places["target"] / "river" / "4.png"))[8, 8].tolist()
    assert red > blue
