"""The study of the advisor: its cases compose, each is run once, and a fit is judged on cases that it has not seen."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture(autouse=True)
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))


@pytest.mark.slow
def test_cases_compose_and_all_sources_are_fitted_and_judged():
    from advisor_cases import cases, fresh
    from study_advisor import jobs

    from artesano.config.compose import compose

    places = {"fashion": "f", "ucmerced": "u", "imbalanced": "i"}
    assert len({case.name for case in (*cases(), *fresh())}) == 42 + 16
    assert not {case.overrides(places) for case in cases()} & {case.overrides(places) for case in fresh()}
    for part in (cases(), fresh()):
        assert {case.name.partition("-")[0] for case in part} >= {"mnist", "rendered", "fashion", "tiles"}
    for job in jobs([0], places)[::7]:
        resolved = compose(job.overrides({})).resolved
        assert resolved["strategy"]["_target_"].lower().endswith(job.about["strategy"])
        assert (resolved["max_steps"], resolved["optimizer"]["lr"]) == (resolved["eval_every"], 0.001)


def test_the_uneven_set_is_uneven(tmp_path):
    from advisor_cases import write_imbalanced

    for name in "abc":
        (tmp_path / "tiles" / name).mkdir(parents=True)
        for number in range(50):
            Image.new("RGB", (4, 4)).save(tmp_path / "tiles" / name / f"{number}.png")
    write_imbalanced(tmp_path / "made", tmp_path / "tiles")
    assert [len(list((tmp_path / "made" / name).iterdir())) for name in "abc"] == [50, 19, 7]


def test_fresh_cases_do_not_move_the_fit(tmp_path, monkeypatch, capsys):
    import advisor_fit
    from advisor_cases import STRATEGIES, cases, fresh

    from artesano.advisor import forecast
    from artesano.advisor.evidence import Evidence

    monkeypatch.setattr(forecast, "FITTED", tmp_path / "fitted.json")
    draw = np.random.default_rng(0)
    blank = Evidence(
        backbone="b", classes=10, images=200, held_out=500, tested=1000, fewest=20, most=20, pixels=28, size=64,
        steps=100, batch_size=32, cached=True, copies=0, knn=0.5, probe=0.5, leave_one_out=0.5, freeze=0.5, logme=0,
        h_score=0, curve={5: 0.5}, depths={1.0: 0.5},
    )  # fmt: skip
    rows, lines = [], []
    for case in (*cases(), *fresh()):
        share, steps = draw.uniform(0.6, 0.9), int(draw.choice([20, 100]))
        evidence = replace(blank, probe=share, leave_one_out=share, steps=steps)
        lines.append(json.dumps({"case": case.name, "seconds": 1.0, "evidence": evidence.to_dict()}))
        truth = {"freeze": share, "partial": share + 0.03, "lpft": 0.3, "full": share + (0.08 if steps > 50 else -0.2)}
        rows += [
            {"case": case.name, "strategy": name, "seed": 0, "test_accuracy": truth[name], "seconds": 5.0}
            for name in STRATEGIES
        ]
    gathered, grid = tmp_path / "evidence.jsonl", tmp_path / "grid.csv"
    gathered.write_text("\n".join(lines))
    pd.DataFrame(rows).to_csv(grid, index=False)
    assert advisor_fit.write(tmp_path, grid, gathered) == 0
    first = json.loads((tmp_path / "fitted.json").read_text())
    said = capsys.readouterr().out
    assert "fresh: 16 cases" in said
    assert "each left out of the fit: mean regret 0.0000, within a point 42 of 42" in said
    assert "advice takes 5% of the grid's time" in said
    table = pd.read_csv(tmp_path / "advisor_cases.csv")
    assert (table["regret"] == 0).all(), "the number of steps decides here"
    names = [case.name for case in fresh()]
    assert table[table["part"] == "fresh"]["case"].tolist() == names
    for row in rows:
        row["test_accuracy"] = 0.5 if row["case"] in names else row["test_accuracy"]
    pd.DataFrame(rows).to_csv(grid, index=False)
    advisor_fit.write(tmp_path, grid, gathered)
    assert json.loads((tmp_path / "fitted.json").read_text()) == first


def test_tiles_are_cut_by_their_numbers(tmp_path):
    from study_ucmerced import by_number

    (tmp_path / "tiles" / "beach").mkdir(parents=True)
    for number in (0, 39, 40, 49):
        (tmp_path / "tiles" / "beach" / f"beach{number:02}.png").touch()
    made = by_number(tmp_path / "tiles", tmp_path / "made")
    assert sorted(path.name for path in made.glob("train/beach/*")) == ["beach00.png", "beach39.png"]
    assert sorted(path.name for path in made.glob("test/beach/*")) == ["beach40.png", "beach49.png"]
