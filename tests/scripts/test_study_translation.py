"""The study of maps: its jobs, its earlier rows, and which tiles of two levels show the same ground."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

RESULTS = Path(__file__).parents[2] / "docs" / "results"


@pytest.fixture(autouse=True)
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "scripts"))


def test_jobs_have_names_of_their_own_and_the_models_their_seeds():
    from study_translation import map_jobs

    jobs = map_jobs([0, 1, 2])
    assert len({job.name for job in jobs}) == len(jobs)
    seeds = pd.DataFrame([job.about for job in jobs]).groupby("model")["seed"].apply(list)
    assert seeds["pix2pix"] == seeds["cscgan"] == seeds["not-told"] == seeds["level-64"] == [0, 1, 2]
    assert seeds["shuffled"] == [0]


def test_rows_of_the_relief_are_those_of_its_commands():
    """The former target's figures never stand under the commands of drawn maps."""
    from jobs import earlier_rows
    from study_translation import RELIEF, STEPS, job, map_jobs

    relief = [job(kind, words, STEPS, 1, 0, "relief") for kind, words in RELIEF.items()]
    assert len(earlier_rows(RESULTS / "translation_relief.csv", relief)) == len(RELIEF)
    assert not len(earlier_rows(RESULTS / "translation_relief.csv", map_jobs([0])))


def test_intervals_are_of_the_best_state_or_the_last_where_it_is_the_best(tmp_path, monkeypatch):
    import study_translation

    columns = ["label", "metric", "method", "images", "blocks", "mean", "difference", "low", "high"]
    folders = {}
    for name, methods in (("map-pix2pix-s0", ("best", "last", "copy")), ("map-pix2pix-s1", ("last", "copy"))):
        folders[name] = tmp_path / name
        folders[name].mkdir()
        rows = [["all", "l1", method, 9, 3, len(method), 0.1, 0.0, 0.2] for method in methods]
        pd.DataFrame(rows, columns=columns).to_csv(folders[name] / "table.csv", index=False)
    monkeypatch.setattr(study_translation, "finished", lambda jobs: folders)
    jobs = study_translation.map_jobs([0, 1])
    for _ in range(2):  # again, with the earlier table
        study_translation.write_intervals(jobs, tmp_path / "intervals.csv")
        table = pd.read_csv(tmp_path / "intervals.csv")
        assert table["name"].tolist() == list(folders)
        assert table["mean"].tolist() == [4, 4]


@pytest.mark.slow
def test_four_finer_tiles_show_the_ground_of_a_coarser_one():
    from zoom_levels import same_ground

    from artesano.data.pairs.blue_marble_map import BlueMarbleMap

    levels = [64, 128, 256]
    part = BlueMarbleMap(crop=64, levels=levels, style="etopo1", sea=0.3).listing().parts["test"]
    for coarse in (1, 2):
        rows, quarters = same_ground(part, coarse)
        assert len(rows) > 20
        assert {int(label) for label in part.labels[rows]} == {coarse}
        assert {int(label) for label in part.labels[quarters.flatten()]} == {coarse - 1}
        for row, four in zip(rows[::15].tolist(), quarters[::15].tolist(), strict=True):
            photos = [torch.from_numpy(np.array(part.whole(tile)[0])).float() for tile in four]
            fine = torch.cat([torch.cat(photos[:2], 1), torch.cat(photos[2:], 1)], 0).view(64, 2, 64, 2, 3).mean((1, 3))
            assert (fine - part.whole(row)[0].astype(np.float32)).abs().mean() < 3
