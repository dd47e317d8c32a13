"""The regression finds what the cases were made of, and its intervals hold what they promise."""

import math
from dataclasses import replace

import numpy as np
import pytest

from artesano.advisor.evidence import STRATEGIES, Evidence
from artesano.advisor.forecast import accuracy_of, fit, fitted, logit, past_cases, probed, sampling
from artesano.advisor.reasons import reasons
from artesano.advisor.regression import students_t

EVIDENCE = Evidence(
    backbone="test_resnet",
    classes=10,
    images=200,
    held_out=500,
    tested=1000,
    fewest=20,
    most=20,
    pixels=28,
    size=64,
    steps=100,
    batch_size=32,
    cached=True,
    copies=0,
    knn=0.8,
    probe=0.83,
    leave_one_out=0.81,
    freeze=0.8,
    logme=0.1,
    h_score=5.0,
    curve={5: 0.6, 10: 0.7, 20: 0.8},
    depths={0.5: 0.7, 0.75: 0.79, 1.0: 0.82},
    step_seconds={"partial": 0.01, "full": 0.03, "lpft": 0.02},
    forward_seconds=0.005,
)


RANGES = {"steps": (25, 250), "size": (32, 96), "shots": (3, 350)}


def made_cases(count, noise=0.0, seed=0):
    """`full` gains half a logit for each tenfold of steps above 10, `partial` 0.3 of a logit; the others nothing."""
    draw = np.random.default_rng(seed)
    cases = []
    for _ in range(count):
        share, images, steps = draw.uniform(0.5, 0.9), int(draw.integers(50, 2000)), int(10 ** draw.uniform(1.2, 3))
        evidence = replace(EVIDENCE, probe=share, leave_one_out=share, images=images, steps=steps)
        gain = {"full": 0.5 * (math.log10(steps) - 1), "partial": 0.3}
        base = probed(evidence)
        truth = {name: accuracy_of(base + gain.get(name, 0) + noise * draw.standard_normal()) for name in STRATEGIES}
        cases.append((evidence, truth))
    return cases


def test_it_finds_what_the_cases_were_made_of():
    model = fit(made_cases(60), margin=0.0)
    for evidence, truth in made_cases(20, seed=1):
        for forecast in model.forecast(evidence):
            assert forecast.accuracy == pytest.approx(truth[forecast.strategy], abs=0.02)
            assert forecast.low < truth[forecast.strategy] < forecast.high


def test_intervals_hold_nine_of_ten():
    model = fit(made_cases(200, noise=0.5), margin=0.0)
    held = [
        forecast.low <= truth[forecast.strategy] <= forecast.high
        for evidence, truth in made_cases(300, noise=0.5, seed=2)
        for forecast in model.forecast(evidence)
    ]
    assert 0.87 < np.mean(held) < 0.96


def test_few_images_make_wide_intervals():
    model = fit(made_cases(60, noise=0.2), margin=0.0)
    few = replace(EVIDENCE, held_out=20, images=30, fewest=3, most=3)
    widths = [one.high - one.low for one in (model.forecast(EVIDENCE)[0], model.forecast(few)[0])]
    assert widths[1] > 1.3 * widths[0]
    assert sampling(0.8, EVIDENCE) == pytest.approx((1 / 700 + 1 / 1000) / 0.16)


def test_far_from_all_cases_the_forecast_stays_with_them_and_is_less_sure():
    model = fit(made_cases(60, noise=0.2), margin=0.0)
    odd = replace(EVIDENCE, steps=10**8)
    mine, far = model.forecast(EVIDENCE)[3], model.forecast(odd)[3]
    assert logit(far.high, 10**6) - logit(far.low, 10**6) > 1.5 * (logit(mine.high, 10**6) - logit(mine.low, 10**6))
    longest = model.forecast(replace(EVIDENCE, steps=1000))[3]
    assert far.accuracy == pytest.approx(longest.accuracy, abs=0.01), "nothing is drawn out to where nobody measured"


def test_students_t():
    stats = pytest.importorskip("scipy.stats")
    for freedom in (5, 14, 50):
        assert students_t(freedom) == pytest.approx(stats.t.ppf(0.95, freedom), abs=0.01)


def test_the_cheapest_within_the_margin_is_taken():
    model = fit(made_cases(60), margin=0.0)
    forecasts = model.forecast(EVIDENCE)
    assert model.best(forecasts).accuracy == max(forecast.accuracy for forecast in forecasts)
    assert replace(model, margin=1.0).best(forecasts).strategy == "freeze"


def test_no_accuracy_is_certain():
    assert math.isfinite(logit(1.0, 10))
    assert accuracy_of(logit(0.7, 10**9)) == pytest.approx(0.7)


def test_the_model_that_comes_along_can_be_used():
    forecasts = fitted().forecast(EVIDENCE)
    assert [forecast.strategy for forecast in forecasts] == list(STRATEGIES)
    assert all(0 < forecast.low < forecast.accuracy < forecast.high < 1 for forecast in forecasts)
    assert {best for _, _, best in past_cases()} <= set(STRATEGIES)
    assert {name: tuple(ends) for name, ends in fitted().ranges.items()} == RANGES, "as the lecture says them"


def test_reasons_follow_from_the_evidence():
    said = " ".join(reasons(EVIDENCE, RANGES))
    assert "20 training images per class (200 of 10 classes)" in said
    assert "partly: of 500 validation images 5 nearest neighbours label 0.80, a linear probe 0.83" in said
    assert "sees each 14.3 times" in said, "7 batches of at most 32 show 200 images once"
    assert "The last block of the backbone adds +0.03" in said
    assert "The head on the frozen net reaches 0.80 on validation images in these steps, the probe 0.83" in said
    assert "28 px" in said
    assert "uneven" not in said
    assert "look like" not in said
    other = " ".join(reasons(replace(EVIDENCE, fewest=5, copies=3, depths={0.5: 0.9, 1.0: 0.8}, pixels=300), RANGES))
    assert "uneven, 5 to 20" in other
    assert "3 of 500 validation images look like" in other
    assert "after 50% of the backbone separates them better than its end (0.90 against 0.80)" in other
    assert "28 px" not in other
    few = replace(EVIDENCE, held_out=5, depths={0.5: 1.0, 1.0: 0.8})
    assert "backbone" not in " ".join(reasons(few, RANGES)), "one image of five is no finding"
    assert "unlike them" not in said
    for odd in (replace(EVIDENCE, size=224), replace(EVIDENCE, steps=5), replace(EVIDENCE, images=10_000)):
        assert "25 to 250 steps with images of 32 to 96 px, 3 to 350 of a class" in reasons(odd, RANGES)[0]
