"""A GAN measured again: the same numbers under the same protocol, and every protocol in its file."""

import json

import pytest
from rich.console import Console

from artesano import cli
from artesano.experiment.announce import report
from artesano.kinds.data_of_run import data_for
from artesano.kinds.gan import evaluate as evaluate_gan
from artesano.kinds.gan.load import load_gan
from artesano.runs import record

pytestmark = pytest.mark.slow


def written(folder, name):
    return json.loads((folder / "evaluations" / name / "metrics.json").read_text())


def test_the_numbers_are_those_of_training(gan_runs, capsys):
    folder = gan_runs("cdcgan")
    assert cli.main(["evaluate", str(folder)]) == 0
    assert "averaged" in capsys.readouterr().out
    results, before = written(folder, "lite0-50"), record.read(folder)["metrics"]["best"]
    for name, value in results["metrics"]["averaged"].items():
        assert value == pytest.approx(before[f"test/{name}"], rel=1e-4, abs=1e-6)
    for name, value in results["metrics"]["raw"].items():
        assert value == pytest.approx(before[f"test/{name}_raw"], rel=1e-4, abs=1e-6)
    protocol = results["protocol"]
    assert (protocol["extractor"], protocol["samples"], protocol["real"]["split"]) == ("lite0", 50, "train")
    assert any("biased" in note for note in results["notes"])


def test_more_samples_another_split_and_a_name(gan_runs):
    folder = gan_runs("dcgan")
    words = ["--samples", "60", "--split", "train", "--name", "mine", "data.workers=0"]
    assert cli.main(["evaluate", str(folder), *words]) == 0
    results = written(folder, "mine")
    assert results["protocol"]["samples"] == 60
    assert results["protocol"]["data"]["overrides"] == ["data.workers=0"]
    assert "fd_lite0_60" in results["metrics"]["averaged"]


HALF = "data.test_fraction=0.45"  # 54 images


def test_samples_stand_beside_real_images(gan_runs, capsys):
    folder = gan_runs("dcgan", HALF)
    known = record.read(folder)
    metrics = known["metrics"]["best"]
    assert metrics["test/fd_lite0_50_over_floor"] == metrics["test/fd_lite0_50"] / metrics["test/fd_lite0_50_floor"]
    assert metrics["test/coverage_lite0_50_floor"] > 0.8  # real images look like real ones
    assert "test/kid_lite0_50_over_floor" not in metrics
    assert "floor: 50 real images of test against the same 54 of train" in known["notes"]
    capsys.readouterr()
    report(Console(width=80), folder, known)
    assert cli.main(["evaluate", str(folder), "--samples", "60"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("floor ┃ multiple") == 2
    assert "54 real images of test against the same 54 of train, in place of 60 samples" in shown
    results = written(folder, "lite0-60")
    assert set(results["floor"]) >= {"fd_lite0_54_floor", "coverage_lite0_54_floor"}  # with their own count
    assert results["metrics"]["raw"]["fd_lite0_54_over_floor"] > 1


def test_against_test_images_the_floor_is_that_of_training_images(gan_runs):
    known = record.read(gan_runs("dcgan", HALF, "evaluation.split=test"))
    assert "floor: 50 real images of train against the same 54 of test" in known["notes"]
    assert known["metrics"]["best"]["test/fd_lite0_50_floor_test"] > 0
    assert known["metrics"]["best"]["test/fd_lite0_50_over_floor_test"] > 0


def test_without_enough_held_out_images_a_note_and_no_floor(gan_runs, capsys):
    folder = gan_runs("dcgan")
    known = record.read(folder)
    assert any("images of test are too few to stand in" in note for note in known["notes"])
    assert not any("floor" in name for name in known["metrics"]["best"])
    report(Console(width=80), folder, known)
    assert cli.main(["evaluate", str(folder), "--split", "all", "--name", "all"]) == 0  # leaves none that is held out
    assert written(folder, "all")["floor"] == {}
    assert written(folder, "all")["notes"][0].startswith("no floor: there are no held-out images")
    assert "multiple" not in capsys.readouterr().out


def test_a_multiple_can_be_compared_with_that_of_a_run_of_before(gan_runs, gan_copy, capsys):
    old = gan_copy("dcgan")  # has no floor
    words = [str(gan_runs("dcgan", HALF)), str(old), "--metric", "fd_lite0_50_over_floor"]
    assert cli.main(["compare", *words]) == 0
    assert "fd_lite0_50_over_floor" in capsys.readouterr().out
    assert cli.main(["evaluate", str(old)]) == 0


def test_without_an_average_there_is_one_column(gan_runs):
    gan = load_gan(gan_runs("dcgan", "hacks.ema=null"))
    compare = evaluate_gan.measures(gan, evaluate_gan.protocol(gan, 50), data_for([], gan.folder))
    assert list(evaluate_gan.both(gan, compare)) == ["generator"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--samples", "20"], "at least 50"),
        (["--extractor", "lite9"], "no such extractor"),
        (["--split", "none"], "invalid choice: 'none'"),
        (["data=mnist5k"], "are not those of"),
        (["hacks.ema=0.9"], "only data="),
    ],
)
def test_what_cannot_be_measured_is_refused(gan_runs, capsys, arguments, message):
    assert cli.main(["evaluate", str(gan_runs("cdcgan")), *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_classifier_draws_no_samples(run, capsys):
    assert cli.main(["evaluate", str(run[0]), "--samples", "100"]) == 2
    assert "--samples: for a GAN (task=gan) that makes images from noise" in capsys.readouterr().err
