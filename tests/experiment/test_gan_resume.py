"""A GAN killed and resumed equals the straight run: both optimisers, average, memory of fakes, ADA, weights' means."""

import signal

import numpy as np
import pytest
import torch
from PIL import Image
from test_resume import same_ending

import artesano
from artesano.experiment.resume import resume
from artesano.runs import record
from artesano.runs.find import find_run
from artesano.runs.metrics import read_rows
from fresh import stopped_at

pytestmark = pytest.mark.e2e

STEPS = 18


@pytest.fixture
def words(tmp_path, outputs):
    """Everything that a GAN run has to remember, at once."""
    random = np.random.default_rng(0)
    (tmp_path / "images").mkdir()
    for number in range(120):
        pixels = random.integers(0, 255, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "images" / f"{number:02}.png")
    return [
        "task=gan",
        "data=folder",
        f"data.root={tmp_path / 'images'}",
        "data.batch_size=8",
        "image_size=16",
        "critic_steps=2",
        "generator.width=4",
        "discriminator.width=4",
        "hacks.replay=12",
        "hacks.diffaugment=[color,translation,cutout]",
        "hacks.ada=0.1",
        "hacks.historical_averaging=0.001",
        "hacks.lecam=0.01",
        "hacks.ema=0.9",
        "hacks.generator_dropout=0.3",
        "hacks.instance_noise=0.1",
        "hacks.pac=2",
        "hacks.unrolled_steps=1",
        "hacks.label_flip=0.1",
        "hacks.real_label=[0.7,1.2]",
        "data.test_fraction=0.45",
        "evaluation.samples=0",
        "evaluation.samples_in_training=50",
        "evaluation.size=32",
        "health.every=4",
        f"max_steps={STEPS}",
        "samples_every=6",
        "log_every=1",
        "checkpoint_every=3",
        "eval_every=6",
        "logger.wandb.mode=disabled",
        "trainer=cpu",
    ]


def test_killed_and_resumed_equals_straight(words, outputs):
    assert stopped_at(8, signal.SIGKILL, "train", *words) == -9
    folder = find_run("last")
    assert record.read(folder)["status"] == "running"
    assert max(step for step, _, _ in read_rows(folder / "metrics.csv")) == 8
    resumed = resume("last", [])
    straight = artesano.train(*words)
    assert resumed.folder == folder
    same_ending(folder, straight.folder)
    health = record.read(folder)["health"]
    assert health == record.read(straight.folder)["health"]
    assert [one["step"] for one in health["evaluations"]] == [*range(6, STEPS + 1, 6)]  # of before the kill too
    assert all(one["fd_floor"] > 0 for one in health["evaluations"])
    state = torch.load(folder / "checkpoints" / "last.ckpt", weights_only=True)
    assert state["step"] == STEPS
    assert len(state["optimizer_states"]) == 2
    assert all(one["state"] for one in state["optimizer_states"])
    held = state["state_dict"]
    assert held["network.discriminator_input.pool.filled"] == STEPS * 2 * 4
    assert held["network.discriminator_input.pool.images"].abs().sum() > 0
    assert held["network.discriminator_input.p"] > 0
    assert any("generator_0" in name for name in held)
    assert any(name.startswith("ema.") for name in held)


def test_one_that_starts_from_another_killed_and_resumed_equals_straight(words, outputs):
    """Stages come and go, and what is frozen, the means of historical averaging among it, is as at the start."""
    fewer = [word for word in words if not word.startswith(("hacks.unrolled_steps", "max_steps", "eval_every"))]
    source = artesano.train(*fewer, "max_steps=3", "eval_every=3").folder
    adapted = [
        *(*fewer, "max_steps=18", "eval_every=9", "seed=1", "weights.source=run", f"weights.run={source}"),
        *("strategy=gradual", "strategy.start=0.3", "strategy.end=0.9"),
    ]
    assert stopped_at(8, signal.SIGKILL, "train", *adapted) == -9
    folder = find_run("last")
    assert folder != source
    assert record.read(folder)["status"] == "running"
    resumed = resume("last", [])
    straight = artesano.train(*adapted)
    assert resumed.folder == folder
    same_ending(folder, straight.folder)
    assert record.read(folder)["start"] == record.read(straight.folder)["start"]
