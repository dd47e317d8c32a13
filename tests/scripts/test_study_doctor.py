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
        assert (own != {key: base[key] for key in own}) == (job.about["kind"] not in ("base", "dcgan")), job.name


def arm(words, at, verdict, distance):
    return {"changes": words.split(), "at": at, "verdict": verdict, "distance": distance, "coverage": 0.5}


def test_the_row_of_an_ill_run_has_the_best_of_each_way():
    from study_doctor import jobs, row_of

    job = jobs([0])[0]  # hacks.lr=0.05
    known = {"status": "finished", "steps": 100, "seconds": 1.0}
    known |= {"health": {"verdict": "stuck", "evaluations": [{"fd": 8.0, "coverage": 0.1}]}}
    arms = [arm("hacks.lr=1", 0, "healthy", 1.0), arm("hacks.r1=1", 40, "healthy", 2.0), arm("", 40, "stuck", 8.0)]
    arms += [arm("seed=1", 0, "stuck", 8.5), arm("hacks.lr=1", 40, "stuck", 9.0)]
    row = row_of(job, known, {"verdict": "stuck", "first_sign": 50, "at": 40, "arms": arms})
    assert (row["best"], row["best_distance"]) == ("hacks.lr=1 from 0", 1.0)
    assert (row["branch"], row["branch_distance"]) == ("hacks.r1=1 from 40", 2.0)
    assert (row["advice"], row["advice_verdict"]) == ("hacks.r1=1 from 40", "healthy")
    assert (row["nothing_verdict"], row["nothing_distance"]) == ("stuck", 8.0)
    assert (row["again_verdict"], row["again_distance"]) == ("stuck", 8.5)
    assert row["steps"] == 2 * 100 + 3 * 60
    well = row_of(job, known | {"health": {"verdict": "healthy", "evaluations": []}}, None)
    assert (well["tried"], well["best"], well["best_verdict"]) == (0, "", None)


def test_shares_are_of_the_failures_that_were_seen():
    from study_doctor import WAYS, summarise

    def row(**verdicts):
        ways = {f"{way}_verdict": verdicts.get(way, "stuck") for way in WAYS}
        return {"data": "rings", "provoked": True, "verdict": "stuck", "steps": 10, "best_distance": 1.0} | ways | {
            "nothing_distance": 4.0, "again_distance": 2.0,
        }  # fmt: skip

    rows = [
        row(best="healthy", advice="healthy"),
        row(again="healthy"),
        row() | {"verdict": "healthy"},
        {"data": "rings", "provoked": False, "verdict": "stuck"},
        {"data": "rings", "provoked": False, "verdict": "healthy"},
    ]
    (line,) = summarise(pd.DataFrame(rows)).to_dict("records")
    assert line["seen"] == pytest.approx(2 / 3, abs=1e-3)
    assert line["false_alarms"] == 1
    assert [line[f"healed_by_{way}"] for way in WAYS] == [0.5, 0.0, 0.5, 0.0, 0.5]
    assert (line["below_nothing"], line["below_again"]) == (0.75, 0.5)
