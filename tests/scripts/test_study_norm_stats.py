"""The study of BatchNorm's statistics: what has a row is not run again, and its table says what the rows say."""

from argparse import Namespace
from pathlib import Path

import pandas as pd
import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture(autouse=True)
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))


def row(job, accuracy, images=50):
    from jobs import published

    about = {"name": job.name, **job.about, "images": images, "test_accuracy": accuracy, "seconds": 1.0}
    return about | {"command": published(job, {})}


def test_every_cell_composes_and_a_part_is_a_study_of_fewer_seeds():
    from study_norm_stats import jobs

    from artesano.config.compose import compose

    every = jobs([0, 1], "photos")
    assert len({job.name for job in every}) == len(every) == 2 * 11 * (4 + 3)
    assert [job.about["seed"] for job in every] == sorted(job.about["seed"] for job in every)
    for job in every:
        if (job.about["shots"], job.about["seed"]) == ("5", 0):
            resolved = compose(job.overrides({})).resolved
            assert resolved["strategy"].get("norm_stats", "none") == job.about["norm_stats"]
            assert resolved["strategy"]["head_lr"] == 3


def test_what_has_a_row_is_not_run_again(tmp_path, monkeypatch):
    import forked_jobs
    import study_norm_stats as study

    ran = []
    monkeypatch.setattr(forked_jobs, "prepare", lambda: None)
    monkeypatch.setattr(forked_jobs, "run_forked", lambda job: ran.append(job.name) or row(job, 0.5))
    args = Namespace(summary=False, out=tmp_path, seeds=[0], ucmerced=None, overrides=[], list=False, only="-5-")
    assert study.main(args) == 0
    assert len(ran) == 11
    args.only = ""
    assert study.main(args) == 0
    assert len(ran) == len(set(ran)) == 44
    assert len(pd.read_csv(tmp_path / "norm_stats.csv")) == 44
    args.overrides = ["max_steps=5"]
    monkeypatch.setattr(forked_jobs, "run_forked", lambda job: 130)
    assert study.main(args) == 130, "with another command they are other runs"


def test_the_bars(tmp_path, capsys, ink):
    import forked_jobs
    import norm_stats_summary as summary
    import study_norm_stats as study

    table = tmp_path / "norm_stats.csv"
    assert summary.write(table) == 2
    accuracy = {"none": 0.6, "pretrained": 0.7, "updated": 0.5}
    for job in study.jobs([0, 1], None):
        shots, strategy = job.about["shots"], job.about["strategy"]
        lost = 0.3 if (shots, strategy) == ("10", "lpft") else 0
        images = 3500 if shots == "all" else 10 * int(shots)
        forked_jobs.append(row(job, accuracy[job.about["norm_stats"]] + job.about["seed"] / 100 - lost, images), table)
    assert summary.write(table) == 0
    said = capsys.readouterr().out
    assert "mnist5k, 5 per class: full 0.705, freeze 0.605: holds" in said
    assert "mnist5k, 10 per class: lpft 0.405, freeze 0.605: FAILS" in said
    assert "within a point of the better one in 18 of 20 cells" in said
    assert "mnist5k, all, partial: 20.0 points below" in said
    written = pd.read_csv(tmp_path / "norm_stats_summary.csv")
    assert len(written) == 4 * 11
    assert written["auto"].sum() == 4 * 5
    assert (tmp_path / "norm_stats.png").stat().st_size > 10_000
