"""GANs on points, from end to end: what a run leaves, how it is used, and what is refused."""

import json

import numpy as np
import pandas as pd
import pytest
import torch

from artesano import cli
from artesano.experiment.resume import resume
from artesano.experiment.train import train
from artesano.kinds.bundle import bundle
from artesano.kinds.registry import of_run
from artesano.runs import record
from killed import killed_after
from shortcuts import ink

pytestmark = pytest.mark.slow

WORDS = [
    "gan=toy", "data.samples=400", "data.batch_size=32", "generator.hidden=[16,16]", "discriminator.hidden=[16,16]",
    "hacks.ema=0.5", "evaluation.samples=100", "evaluation.samples_in_training=100", "max_steps=12", "eval_every=4",
    "samples_every=6", "log_every=1", "health.every=2", "logger.wandb.mode=disabled", "trainer=cpu",
]  # fmt: skip


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """The folder of a run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTESANO_OUTPUTS", str(tmp_path_factory.mktemp("toy")))
        with ink():
            return train(WORDS).folder


def test_what_a_run_leaves(toy):
    known = record.read(toy)
    assert known["kind"] == "points"
    assert known["data"]["images"] == {"train": 280, "val": 40, "test": 80}
    best = known["metrics"]["best"]
    for name in ("modes", "high_quality", "kl", "energy", "coverage"):
        assert f"test/{name}_100" in best
        assert f"test/{name}_100_raw" in best
        assert f"test/{name}_100_floor" in best
    assert best["test/high_quality_100_floor"] > 0.94
    assert best["test/energy_100_floor"] < best["test/energy_100"]
    assert known["monitor"]["name"] == "val/energy_100"
    for file in ("plots/samples.png", "plots/curves.png", "plots/timelapse.gif", "images/step_000006.png"):
        assert (toy / file).stat().st_size > 0


def test_the_numbers_are_measured_again(toy):
    assert cli.main(["evaluate", str(toy)]) == 0
    again = json.loads((toy / "evaluations" / "100" / "metrics.json").read_text())["metrics"]
    best = record.read(toy)["metrics"]["best"]
    for which, ending in (("averaged", ""), ("raw", "_raw"), ("floor", "")):
        for name, value in again[which].items():
            assert value == pytest.approx(best[f"test/{name}{ending}"], rel=1e-5, abs=1e-6)


def test_samples_are_the_same_from_every_source(toy, tmp_path):
    shipped = bundle(toy, str(tmp_path / "toy.safetensors"))[0]
    assert cli.main(["sample", str(toy), "--count", "7", "--seed", "3", "--to", str(tmp_path / "a.npy")]) == 0
    assert cli.main(["sample", str(shipped), "--count", "7", "--seed", "3", "--to", str(tmp_path / "b.csv")]) == 0
    points = np.load(tmp_path / "a.npy")
    assert points.shape == (7, 2)
    np.testing.assert_allclose(pd.read_csv(tmp_path / "b.csv").to_numpy(), points, rtol=1e-5)
    gan = of_run(toy).load(toy)
    torch.testing.assert_close(gan.sample(7, seed=3), torch.from_numpy(points))
    assert (toy / "samples" / "points.png").is_file()


def test_killed_and_resumed_equals_straight(toy, outputs):
    with killed_after(8):
        train([*WORDS, "checkpoint_every=4"])
    folder = resume("last", []).folder
    then, now = (torch.load(run / "checkpoints/last.ckpt", weights_only=True)["state_dict"] for run in (toy, folder))
    torch.testing.assert_close(now, then, rtol=0, atol=0, equal_nan=True)
    assert (folder / "metrics.csv").read_text() == (toy / "metrics.csv").read_text()
    assert record.read(folder)["metrics"] == record.read(toy)["metrics"]


def test_pictures_change_nothing(toy, outputs):
    folder = train([*WORDS, "samples_every=1"]).folder
    assert (folder / "metrics.csv").read_text() == (toy / "metrics.csv").read_text()


@pytest.mark.parametrize(
    "words",
    [
        ["data=grid", "loss=wasserstein", "terms=wgan_gp", "hacks=critic_points", "critic_steps=2"],
        ["data=moons", "loss=hinge", "hacks=critic_points", "hacks.discriminator_norm=spectral"],
        ["data=swiss_roll", "loss=least_squares", "hacks.minibatch=stddev"],
        ["loss=relativistic", "terms=r1_r2", "hacks=critic_points", "hacks.normalise_images=false", "hacks.replay=8"],
        ["conditioning=concat", "hacks.minibatch=discrimination", "hacks.instance_noise=0.1"],
        ["monitor={name: modes, mode: max}", "hacks.feature_matching=1", "hacks.lecam=0.1"],
        ["conditioning=concat", "hacks.pac=2", "data.batch_size=32"],
        ["hacks.pac=4", "hacks.unrolled_steps=2", "hacks.discriminator_norm=none"],
        ["hacks=none", "evaluation.samples_in_training=0", "health.every=1"],
    ],
)
def test_losses_terms_and_tricks_compose(words, outputs):
    known = train([*WORDS, *words, "max_steps=4"]).record
    assert known["status"] == "finished"
    best = known["metrics"]["best"]
    assert np.isfinite(list(best.values())).all()
    assert ("test/conditional_accuracy_100" in best) == any("conditioning" in word for word in words)
    assert ("test/modes_100_floor" in best) == all(word not in ("data=moons", "data=swiss_roll") for word in words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("gan=dcgan data=rings", "data=rings: for a GAN on points"),
        ("gan=toy data=mnist5k", "gan=toy takes data=grid, moons, rings, swiss_roll"),
        ("gan=toy generator=dcgan", "gan=toy takes generator=mlp"),
        ("gan=toy discriminator=resnet", "gan=toy takes discriminator=mlp"),
        ("gan=toy evaluation=fast", "gan=toy takes evaluation=points"),
        ("gan=toy hacks.diffaugment=[color]", "hacks.diffaugment=['color']: not used by gan=toy"),
        ("gan=toy hacks.downsample=strided", "hacks.downsample=strided: not used by gan=toy"),
        ("gan=toy image_size=32", "image_size: 32 is not 1, the only value that fits here; give image_size=1"),
        ("gan=toy discriminator_input=from_hacks hacks.diffaugment=[color]", "augmentations of images"),
        ("gan=toy data=swiss_roll conditioning=concat", "its points have no classes"),
        ("gan=toy data.samples=40", "of 40 points 25 are for training, and one step needs 128"),
        ("gan=toy data.val_fraction=0.5 data.test_fraction=0.5", "nothing is left to train on"),
    ],
)
def test_wrong_meetings_are_refused(words, said, outputs, capsys):
    assert cli.main(["train", *words.split()]) == 2
    assert said in capsys.readouterr().err
    assert not outputs.exists()
