"""A GAN measured again: the same numbers under the same protocol, and every protocol in its file."""

import json

import pytest

from artesano import cli
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
    assert "biased" in results["note"]


def test_more_samples_another_split_and_a_name(gan_runs):
    folder = gan_runs("dcgan")
    words = ["--samples", "60", "--split", "train", "--name", "mine", "data.workers=0"]
    assert cli.main(["evaluate", str(folder), *words]) == 0
    results = written(folder, "mine")
    assert results["protocol"]["samples"] == 60
    assert results["protocol"]["data"]["overrides"] == ["data.workers=0"]
    assert "fd_lite0_60" in results["metrics"]["averaged"]


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
