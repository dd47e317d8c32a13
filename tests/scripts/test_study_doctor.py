"""The study of the doctor: its runs compose, each failure differs from its base, and shares are of the right rows."""

from pathlib import Path

import pandas as pd
import pytest


@pytest.fixture(autouse=True)
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "scripts"))


def test_there_are_ten_failures_on_both_data_sets_and_fifteen_healthy_runs():
    from study_doctor import jobs

    every = jobs([0, 1, 2])
    assert len({job.name for job in every}) == len(every)
    assert sum(job.about["provoked"] for job in every) == 10 * 2 * 3
    assert sum(not job.about["provoked"] for job in every) == 15


@pytest.mark.slow
def test_every_run_composes_and_a_failure_differs_from_its_base():
    from study_doctor import BASES, jobs

    from artesano.config.compose import compose
    from artesano.kinds.registry import options_of

    bases = {data: compose([*words, "seed=3"]).resolved for data, words in BASES.items()}
    for job in jobs([3]):
        config = compose(job.overrides({})).resolved
        options_of(config)
        assert config["keep_checkpoints"] == 10
        own = {key: value for key, value in config.items() if key not in ("name", "logger")}
        base = bases[job.about["data"]]
        assert (own != {key: base[key] for key in own}) == (job.about["kind"] != "dcgan"), job.name


def arm(words, at, verdict, distance):
    return {"changes": words.split(), "at": at, "verdict": verdict, "distance": distance}


def test_the_row_of_an_ill_run_has_its_best_branch_beside_doing_nothing_and_a_restart():
    from study_doctor import jobs, row_of

    job = jobs([0])[0]
    known = {"status": "finished", "steps": 100, "seconds": 1.0}
    known |= {"health": {"verdict": "stuck", "evaluations": [{"fd": 8.0, "coverage": 0.1}]}}
    arms = [arm("a=1", 0, "healthy", 1.0), arm("b=1", 40, "healthy", 2.0), arm("", 40, "stuck", 8.0)]
    row = row_of(
        job, known, {"verdict": "stuck", "first_sign": 50, "at": 40, "arms": [*arms, arm("a=1", 40, "stuck", 9)]}
    )
    assert (row["best"], row["best_distance"]) == ("b=1", 2.0)
    assert (row["nothing_verdict"], row["nothing_distance"]) == ("stuck", 8.0)
    assert (row["restart"], row["restart_verdict"]) == ("a=1", "healthy")
    assert row["steps"] == 100 + 3 * 60
    assert row_of(job, known | {"health": {"verdict": "healthy", "evaluations": []}}, None)["tried"] == 0


def test_shares_are_of_the_failures_that_were_seen():
    from study_doctor import summarise

    ill = {"data": "rings", "provoked": True, "best_distance": 1.0, "nothing_distance": 4.0, "steps": 10}
    rows = [
        ill | {"verdict": "stuck", "best_verdict": "healthy", "nothing_verdict": "stuck", "restart_verdict": "stuck"},
        ill | {"verdict": "stuck", "best_verdict": "stuck", "nothing_verdict": "stuck", "restart_verdict": "healthy"},
        ill | {"verdict": "healthy", "best_verdict": None, "nothing_verdict": None, "restart_verdict": None},
        {"data": "rings", "provoked": False, "verdict": "stuck"},
        {"data": "rings", "provoked": False, "verdict": "healthy"},
    ]
    (row,) = summarise(pd.DataFrame(rows)).to_dict("records")
    assert row["seen"] == pytest.approx(2 / 3, abs=1e-3)
    assert row["false_alarms"] == 1
    assert (row["healed_by_best"], row["healed_by_nothing"], row["healed_by_restart"]) == (0.5, 0.0, 0.5)
    assert row["below_nothing"] == 0.75
