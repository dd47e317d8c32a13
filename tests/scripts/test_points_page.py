"""The page about points says what the summary holds, and only that."""

from pathlib import Path

import pandas as pd
import pytest


@pytest.fixture(autouse=True)
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "scripts"))


def rows(data="rings", changes=("lr", "r1"), seeds=(0, 1, 2)):
    """Runs whose trick moves every measure by 1 each; `lr` is on in the base, so that its run is the one without."""
    made = []
    for seed in seeds:
        for change, switched, by in (
            ("nothing", "", 0),
            *((one, "off" if one == "lr" else "on", 1) for one in changes),
        ):
            values = dict.fromkeys(("modes", "high_quality", "kl", "energy"), 3 + by + 0.01 * seed * (by + 1))
            made.append(
                {"data": data, "base": "points", "change": change, "switched": switched, "seed": seed, **values}
            )
    return pd.DataFrame(made)


def test_an_effect_is_with_the_trick_less_without_it_whichever_is_the_base():
    from points_page import section
    from points_summary import summarise

    lines = section(summarise(rows())).splitlines()
    (on,) = [line for line in lines if line.startswith("| `lr` (on)")]
    (off,) = [line for line in lines if line.startswith("| `r1` |")]
    assert "**-1.0 (" in on
    assert "**+1.0 (" in off
    assert "3 seeds a cell" in "\n".join(lines)
    assert "modes of 8 (base 3.01)" in "\n".join(lines)


@pytest.mark.usefixtures("ink")
def test_what_was_not_measured_is_a_dash_and_seeds_are_told(tmp_path):
    from points_page import draw, section
    from points_summary import summarise

    both = pd.concat([rows(), rows("grid", ("r1",), (0, 1))])
    summary = summarise(both)
    summary = summary[~((summary["trick"] == "r1") & (summary["metric"] == "kl") & (summary["data"] == "rings"))]
    text = section(summary)
    assert "2 to 3 seeds a cell" in text
    assert [line for line in text.splitlines() if line.startswith("| `r1` |") and line.endswith("| - |")]
    draw(summary, tmp_path / "points.png")
    assert (tmp_path / "points.png").stat().st_size > 10_000
    assert "| rings |" in section(summarise(rows()))


def test_the_long_runs_of_the_grid_are_told_with_their_range_and_command():
    from points_page import until_learned

    command = "artesano train name=grid-long-s0 logger.wandb.mode=disabled gan=toy data=grid max_steps=9 seed=0"
    values = {"modes": [25.0, 25.0], "high_quality": [0.3, 0.41], "kl": [0.02, 0.02]}
    rows = pd.DataFrame(values | {"verdict": ["healthy", "not learned yet"], "command": command})
    text = " ".join(until_learned(rows).split())
    assert "25 of 25 modes, high quality 0.30 to 0.41, KL 0.02 (2 seeds; 1 `not learned yet`)" in text
    assert "`artesano train gan=toy data=grid max_steps=9`" in text
