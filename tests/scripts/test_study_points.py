"""The study of tricks on points: each cell differs from its base in one thing, and effects are those of the trick."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(autouse=True)
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "scripts"))


@pytest.mark.slow
def test_cells_compose_and_differ_from_their_base():
    from study_points import jobs

    from artesano.config.compose import compose
    from artesano.kinds.registry import options_of

    every = [job for job in jobs([3], every=True) if job.about["data"] == "rings"]
    bases = [job for job in every if job.about["change"] == "nothing"]
    some = [*bases, *every[::5]]  # all of them take a quarter of a minute
    resolved = {(job.about["base"], job.about["change"]): compose(job.overrides({})).resolved for job in some}
    for (base, change), config in resolved.items():
        options_of(config)
        assert config["seed"] == 3
        if base != "loss" and change != "nothing":
            other = resolved[base, "nothing"]
            assert config["hacks"] != other["hacks"], (base, change)
            assert config["loss"]["_target_"] == other["loss"]["_target_"]


@pytest.mark.slow
def test_a_trick_is_as_its_base_is_said_to_have_it():
    from study_points import BASES, TRICKS

    from artesano.config.compose import compose

    for base, (words, on, unusable) in BASES.items():
        own = compose(["gan=toy", "data=rings", *words]).resolved["hacks"]
        for trick, (off_words, on_words) in TRICKS.items():
            if trick not in unusable and (switched := on_words if trick in on else off_words):
                again = compose(["gan=toy", "data=rings", *words, *switched.split()]).resolved["hacks"]
                assert again == own, (base, trick)


def test_of_one_seed_there_is_no_summary_and_it_says_so(tmp_path, capsys):
    from points_summary import write

    table = tmp_path / "points.csv"
    assert write(table) == 1
    row = {"data": "rings", "base": "points", "change": "nothing", "switched": "", "seed": 0}
    pd.DataFrame([row | {"modes": 8.0, "high_quality": 0.9, "kl": 0.1, "energy": 0.1}]).to_csv(table, index=False)
    assert write(table) == 1
    assert capsys.readouterr().out.count("two seeds") == 2
    assert not table.with_name("points_summary.csv").exists()


def test_effects_are_those_of_the_trick_whichever_way_it_was_switched():
    from points_summary import summarise

    noise = np.random.default_rng(0).normal(0, 0.01, (10, 3))
    rows = []
    for seed in range(10):
        base = 0.5 + seed / 100  # what the seed does to all runs is no effect
        values = {"nothing": ("", base), "good": ("off", base - 0.2), "bad": ("on", base - 0.1), "idle": ("on", base)}
        for place, (change, (switched, value)) in enumerate(values.items()):
            measured = value + (noise[seed, place - 1] if place else 0)
            about = {"data": "rings", "base": "points", "change": change, "switched": switched, "seed": seed}
            rows.append(about | {"modes": 8.0, "high_quality": measured, "kl": 1 - measured, "energy": np.nan})
    summary = summarise(pd.DataFrame(rows)).set_index(["metric", "trick"])
    quality = summary.loc["high_quality"]
    assert quality["effect"].to_dict() == pytest.approx({"good": 0.2, "bad": -0.1, "idle": 0}, abs=0.02)
    assert quality["seen"].to_dict() == {"good": "higher", "bad": "lower", "idle": "not seen"}
    assert (quality["low"] < quality["effect"]).all()
    assert (summary.loc["modes", "seen"] == "not seen").all(), "eight modes in all runs"
    assert (summary.loc["energy", "p"] == 1).all(), "no run has a value"


def test_holm():
    from points_summary import holm

    np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03, 0.5])), [0.04, 0.09, 0.09, 0.5])
