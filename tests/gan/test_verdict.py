"""The verdict hears the game and the samples: perfect dynamics never praise samples that nobody would."""

import json
import math
from pathlib import Path

import pytest
from test_health import IN_BALANCE, PATIENCE, RUNS

from artesano.gan.likeness import EQUALS, SHARE, falling, judge_samples
from artesano.gan.verdict import HARMLESS, conclude, judge

HISTORIES = Path(__file__).with_name("histories.jsonl")
PERFECT = RUNS["plain"][-1] | {"d_real": 0.5, "d_fake_before": 0.5, "d_fake_after": 0.5, "d_accuracy": 0.5}
PERFECT |= {"value": -math.log(4), "diversity": 1.0, "contrast": 1.0}
GAME = [PERFECT | {"step": 50 * (1 + place)} for place in range(20)]
FLOORS = {"fd_floor": 30.0, "coverage_floor": 0.96}


def evaluations(distances, coverage, steps=None, of=1000, samples=1000, **floors):
    """Of equal distances between their steps, the last at the end."""
    steps = steps or [of * (1 + place) // len(distances) for place in range(len(distances))]
    known = {"samples": samples, "coverage": coverage, "of": of} | (floors or FLOORS)
    return [known | {"fd": fd, "step": step} for fd, step in zip(distances, steps, strict=True)]


def lines():
    return [json.loads(line) for line in HISTORIES.read_text(encoding="utf-8").splitlines()]


def rows(columns):
    """{name: [values]} -> [{name: value}]; null = not a number."""
    number = lambda value: math.nan if value is None else value  # noqa: E731
    return [dict(zip(columns, map(number, row), strict=True)) for row in zip(*columns.values(), strict=True)]


@pytest.mark.parametrize("history", lines(), ids=lambda history: history["name"])
def test_what_a_person_says_of_the_samples(history):
    verdict = conclude(rows(history["probes"]), history["patience"], history["evaluations"])
    assert verdict.state == history["state"], (verdict.sentence, history["person"])
    assert history["state"] == "stuck" or "earlier stuck" not in verdict.sentence  # a run that went on was not stuck


@pytest.mark.parametrize("distances", [[3000, 2000, 1000, 500, 300], [3000] * 5, [300, 400, 900, 1200, 3365], [9.0]])
def test_without_coverage_no_game_is_healthy(distances):
    for coverage in (0.0, 0.1, SHARE * 0.95):
        verdict = judge(GAME, PATIENCE, evaluations(distances, coverage))
        assert verdict.state in ("not learned yet", "stuck")
        assert f"coverage {coverage:.2f}" in verdict.sentence


@pytest.mark.parametrize("run", IN_BALANCE)
def test_garbage_of_a_recorded_game_is_not_praised(run):
    verdict = judge(RUNS[run], PATIENCE, evaluations([3365.0, 3365.0, 3365.0], 0.0))
    assert verdict.state in ("not learned yet", "stuck")


def test_how_far_it_is_stands_in_the_sentence():
    far = judge(GAME, PATIENCE, evaluations([3000, 2400, 2000, 1800, 1530], 0.11))
    assert far.state == "not learned yet"
    start = "coverage 0.11, 11% of what real data reach (0.96); FD 51 x the floor; still falling"
    assert far.sentence.startswith(start)
    assert judge(GAME, PATIENCE, evaluations([1530], 0.11)).sentence.startswith(start.removesuffix("; still falling"))
    well = judge(GAME, PATIENCE, evaluations([300, 250, 205], 0.55))
    assert well.state == "healthy"
    assert well.sentence.startswith("coverage 0.55, 57% of what real data reach (0.96); FD 6.8 x the floor; diversity")


def test_the_share_is_that_of_the_floor():
    assert judge(GAME, PATIENCE, evaluations([99.0], 0.3, coverage_floor=0.55)).state == "healthy"
    assert judge(GAME, PATIENCE, evaluations([99.0], 0.3, coverage_floor=0.96)).state == "not learned yet"
    for coverage, state in ((0.51 * EQUALS, "healthy"), (0.49 * EQUALS, "not learned yet")):
        without = judge(GAME, PATIENCE, evaluations([99.0], coverage, coverage_floor=None))
        assert without.state == state
        assert "in theory" in without.sentence


def test_unless_samples_were_judged_the_verdict_is_on_the_game():
    verdict = judge(GAME, PATIENCE)
    assert verdict.state == "game in balance"
    assert verdict.sentence.endswith("the samples were not judged")
    assert judge(GAME, PATIENCE, not_judged="ask the metrics").sentence.endswith("ask the metrics")
    of_an_older_version = [{"step": 1000, "fd": 205.0, "samples": 1000}]  # which measured the distance alone
    assert judge(GAME, PATIENCE, of_an_older_version).state == "game in balance"
    assert judge(GAME[:1], PATIENCE).state == "warming up"


def test_stuck_is_a_distance_that_stays():
    assert judge(GAME, PATIENCE, evaluations([3000, 2000, 1500, 1480, 1470], 0.1)).state == "stuck"
    assert judge(GAME, PATIENCE, evaluations([3000, 2000, 1500, 1900, 3300], 0.1)).state == "stuck"  # rises
    assert judge(GAME, PATIENCE, evaluations([3000, 2000, 1500, 1400, 1300], 0.1)).state == "not learned yet"
    assert judge(GAME, PATIENCE, evaluations([3000, 3000], 0.1)).state == "not learned yet"  # too few to tell
    assert judge(GAME, PATIENCE, evaluations([250] * 5, 0.6)).state == "healthy"  # near enough
    on_the_way = {"steps": [100, 200, 300, 400], "of": 1000}
    assert judge(GAME, PATIENCE, evaluations([3000] * 4, 0.0, **on_the_way)).state == "not learned yet"  # not begun
    assert judge(GAME, PATIENCE, evaluations([3000, 1200, 1190, 1180], 0.1, **on_the_way)).state == "stuck"
    assert judge(GAME[:7], PATIENCE, evaluations([3000] * 5, 0.0)).state == "not learned yet"  # the game has just begun


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
def test_no_unit_decides(scale):
    for distances in ([3000, 2000, 1500, 1480, 1470], [3000, 2000, 1500, 1400, 1300]):
        scaled = [fd * scale for fd in distances]
        floors = {"fd_floor": 30.0 * scale, "coverage_floor": 0.96}
        ours, theirs = (evaluations(values, 0.1, **more) for values, more in ((distances, FLOORS), (scaled, floors)))
        assert judge(GAME, PATIENCE, ours) == judge(GAME, PATIENCE, theirs)
        longer = [one | {"step": 37 * one["step"], "of": 37 * one["of"]} for one in ours]
        assert judge_samples(longer) == judge_samples(ours)


def test_distances_of_other_counts_are_not_compared():
    more_at_the_end = [*evaluations([3000, 3000, 3000, 3000], 0.1), *evaluations([500], 0.1, samples=2000)]
    assert falling(more_at_the_end) is False
    assert judge(GAME, PATIENCE, more_at_the_end).state == "stuck"


def test_a_symptom_of_the_game_comes_before_its_samples():
    for run, state in (
        ("blind", "mode collapse"),
        ("naive_fast", "diverged"),
        ("slow_generator", "discriminator winning"),
    ):
        verdict = judge(RUNS[run], PATIENCE, evaluations([3000.0] * 5, 0.02))
        assert verdict.state == state
        assert "coverage 0.02" in verdict.sentence
    broken = judge(GAME, PATIENCE, evaluations([math.nan], math.nan))
    assert (broken.state, bool(broken.advice)) == ("diverged", True)


def test_samples_are_judged_while_the_game_warms_up():
    assert judge(GAME[:2], PATIENCE, evaluations([3000.0], 0.0)).state == "not learned yet"
    good = judge(GAME[:2], PATIENCE, evaluations([60.0], 0.9))
    assert good.state == "warming up"
    assert "coverage 0.90" in good.sentence


def test_the_end_tells_of_a_run_that_was_stuck():
    stays = evaluations([3000, 1000, 990, 980, 970], 0.1, steps=[300, 400, 500, 600, 700], of=1000)
    looks = stays + evaluations([200], 0.6)
    end = conclude(GAME, PATIENCE, looks)
    assert end.state == "healthy"
    assert "earlier stuck around steps" in end.sentence
    yet = conclude(GAME, PATIENCE, evaluations([3000, 2000, 1000, 200], 0.1)[:3] + evaluations([200], 0.6))
    assert "earlier" not in yet.sentence  # every run has yet to learn at first


def test_only_failures_end_a_run():
    assert set(HARMLESS) == {"warming up", "game in balance", "healthy", "not learned yet"}
