"""The 2x2 out of run folders: the right cell, the newest run, advice that follows from the numbers."""

import json

import pytest

from artesano.advisor import which_strategy
from artesano.experiment import grids

ACCURACY = {"freeze": 0.90, "partial": 0.93, "lpft": 0.70, "full": 0.935}
SECONDS = {"freeze": 10.0, "partial": 20.0, "lpft": 30.0, "full": 40.0}


@pytest.fixture
def root(tmp_path):
    number = 0
    for data, folder in (("mnist5k", None), ("folder", "/home/someone/photos")):
        for shots in (5, None):
            for strategy, accuracy in ACCURACY.items():
                for seed in (0, 1):
                    number += 1
                    config = {"data.shots": shots, "image_size": 64, "max_steps": 100} | (
                        {"data.root": folder} if folder else {}
                    )
                    record = {
                        "schema": 1,
                        "status": "finished",
                        "seed": seed,
                        "overrides": [f"strategy={strategy}", *([f"data.root={folder}"] if folder else [])],
                        "choices": {"experiment": "which_strategy", "data": data, "strategy": strategy},
                        "config": config,
                        "data": {"images": {"train": 50 if shots else 3500}},
                        "metrics": {"best": {"test/accuracy": accuracy + 0.01 * seed, "test/macro_f1": 0.5}},
                        "seconds": SECONDS[strategy],
                    }
                    run = tmp_path / "transfer" / f"{number:04d}-run"
                    run.mkdir(parents=True)
                    (run / "run.json").write_text(json.dumps(record))
    return tmp_path


def test_four_cells_of_four_strategies(root):
    summary = which_strategy.summarise(which_strategy.runs(root))
    cells = which_strategy.cells(summary)
    assert [(cell["distance"].iloc[0], cell["amount"].iloc[0]) for cell in cells] == [
        ("near", "few"),
        ("near", "many"),
        ("far", "few"),
        ("far", "many"),
    ]
    for cell in cells:
        assert list(cell["strategy"]) == list(which_strategy.STRATEGIES)
        assert list(cell["seeds"]) == [2] * 4
        full = cell[cell["strategy"] == "full"].iloc[0]
        assert (full["lowest"], full["accuracy"], full["highest"]) == pytest.approx((0.935, 0.94, 0.945))


def test_advice_is_the_cheapest_within_a_point_of_the_best(root):
    cell = which_strategy.cells(which_strategy.summarise(which_strategy.runs(root)))[0]
    sentence = which_strategy.advice(cell)
    assert sentence.startswith("Few images (50), near ImageNet: take partial (0.935 in 20 s)")
    assert "full gains 0.005" in sentence
    alone = which_strategy.advice(cell[cell["strategy"].isin(["full", "lpft"])])
    assert "take full" in alone
    assert "lpft stays at 0.705" in alone


def test_the_newest_of_equal_runs_counts_and_others_are_left_out(root):
    old = json.loads((root / "transfer" / "0001-run" / "run.json").read_text())
    again = old | {"metrics": {"best": {"test/accuracy": 0.123, "test/macro_f1": 0.1}}}
    for number, change in ((98, {}), (99, {"status": "failed"})):
        run = root / "transfer" / f"{number:04d}-run"
        run.mkdir()
        (run / "run.json").write_text(json.dumps(again | change))
    rows = which_strategy.runs(root)
    assert len(rows) == 32
    assert 0.123 in set(rows["accuracy"])


def test_no_path_of_this_machine_in_the_table(root):
    assert "someone" not in which_strategy.runs(root).to_csv()


def test_picture_with_and_without_missing_cells(root, ink, tmp_path):
    summary = which_strategy.summarise(which_strategy.runs(root))
    which_strategy.draw(summary, tmp_path / "whole.png")
    which_strategy.draw(summary[summary["distance"] == "far"], tmp_path / "half.png")
    assert (tmp_path / "whole.png").stat().st_size > 10_000
    assert (tmp_path / "half.png").stat().st_size > 10_000


def test_the_experiment_is_a_grid_of_16_runs():
    jobs = grids.expand(["experiment=which_strategy"])
    assert len(jobs) == 16
    assert len({tuple(job) for job in jobs}) == 16
