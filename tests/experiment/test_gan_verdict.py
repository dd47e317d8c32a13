"""The monitor of a GAN's run: it judges the samples too, stops for failures alone, and changes nothing by looking."""

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

import artesano
from artesano.gan.health import NAMES, Health
from artesano.kinds.adversarial.health_monitor import HealthMonitor, Unhealthy
from artesano.runs import record
from artesano.runs.metrics import read_rows

FINE = dict.fromkeys(NAMES, 0.5) | {"value": -1.39, "loss_variance": 0.1, "diversity": 1.0, "contrast": 1.0}


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    """120 images of noise, 54 of them for the test."""
    root, random = tmp_path_factory.mktemp("noise"), np.random.default_rng(0)
    for number in range(120):
        Image.fromarray(random.integers(0, 255, (16, 16, 3), dtype=np.uint8)).save(root / f"{number:03}.png")
    return [
        "task=gan", "hacks=lecture", "data=folder", f"data.root={root}", "data.test_fraction=0.45", "data.batch_size=8",
        "image_size=16", "generator.width=4", "discriminator.width=4", "max_steps=12", "eval_every=4",
        "health.patience=1", "evaluation.samples=0", "evaluation.samples_in_training=50", "evaluation.size=32",
        "logger.wandb.mode=disabled", "trainer=cpu",
    ]  # fmt: skip


@pytest.mark.slow
def test_noise_is_not_praised_and_does_not_stop_a_run(words, outputs, capsys):
    run = artesano.train(*words, "health.every=1", "health.on_failure=stop")
    health = run.record["health"]
    assert run.record["status"] == "finished"
    assert health["verdict"] == "not learned yet"
    assert "of what real data reach" in health["sentence"]
    assert [one["step"] for one in health["evaluations"]] == [4, 8, 12]
    said = capsys.readouterr().out
    before, _, after = said.partition("health at step 4: not learned yet")
    assert after
    assert "game in balance" in before
    assert "whether the samples look like the data is not known before the first evaluation" in before
    logged = {name for _, name, _ in read_rows(run.folder / "metrics.csv")}
    assert {f"val/{name}_lite0_50" for name in ("fd", "coverage", "density")} <= logged
    assert "val/fd_lite0_50_over_floor" in logged
    held_out = [value for _, name, value in read_rows(run.folder / "metrics.csv") if name == "health/d_real_held_out"]
    assert len(held_out) == 12
    assert all(0 < value < 1 for value in held_out)
    json.dumps(run.record)


@pytest.mark.slow
def test_a_run_that_is_looked_at_ends_the_same_bit_for_bit(words, outputs):
    apart = ["evaluation.samples_in_training=0", "hacks.instance_noise=0.1", "hacks.diffaugment=[color]"]
    runs = [artesano.train(*words, *apart, f"health.every={every}").folder for every in (1, 100)]
    states = [torch.load(run / "checkpoints" / "last.ckpt", weights_only=True) for run in runs]
    one, other = (state["state_dict"] for state in states)
    assert one.keys() == other.keys()
    for name, tensor in one.items():
        torch.testing.assert_close(tensor, other[name], rtol=0, atol=0, equal_nan=True, msg=name)
    assert record.read(runs[0])["health"]["verdict"] == "game in balance"
    assert "not judged" in record.read(runs[0])["health"]["sentence"]


def monitor(on_failure):
    """After ten probes without a symptom, with evaluations that are handed over as they are."""
    made = HealthMonitor(Health(on_failure=on_failure, patience=2), {}, evaluation=lambda metrics: metrics)
    made.history = [FINE | {"step": 10 * number} for number in range(1, 11)]
    return made


def evaluate(made, step, fd, coverage=0.1):
    trainer = SimpleNamespace(
        state=SimpleNamespace(fn="fit"), strategy=SimpleNamespace(broadcast=lambda one: one), is_global_zero=True
    )
    module = SimpleNamespace(step=step, max_steps=100, evaluated_metrics={"samples": 9, "fd": fd, "coverage": coverage})
    made.on_validation_end(trainer, module)
    return trainer, module


def test_a_stuck_run_is_stopped_once_it_is_saved():
    made = monitor("stop")
    for step, fd in ((20, 3000.0), (40, 1000.0), (60, 995.0)):
        made.on_train_batch_start(*evaluate(made, step, fd), None, 0)  # not learned yet
    trainer, module = evaluate(made, 80, 990.0)  # raises nothing itself: the evaluation has yet to be logged and saved
    with pytest.raises(Unhealthy, match="stuck: stopped at step 80, because of"):
        made.on_train_batch_start(trainer, module, None, 0)


def test_a_stuck_run_is_warned_of(caplog):
    made = monitor("warn")
    for step, fd in ((20, 3000.0), (40, 1000.0), (60, 995.0), (80, 990.0)):
        made.on_train_batch_start(*evaluate(made, step, fd), None, 0)
    assert "stuck" in caplog.text
    assert "hacks.separate_batches=true" in caplog.text
    assert made.conclusion()["verdict"] == "stuck"


def test_a_resumed_monitor_concludes_what_a_straight_one_does():
    straight, first = monitor("warn"), monitor("warn")
    for made in (straight, first):
        evaluate(made, 20, 3000.0)
    second = HealthMonitor(Health(patience=2), {}, evaluation=lambda metrics: metrics)
    second.load_state_dict(first.state_dict())
    for step, fd in ((60, 2000.0), (80, 1000.0), (100, 500.0)):
        for made in (straight, second):
            evaluate(made, step, fd, coverage=0.6)
    assert second.conclusion() == straight.conclusion()
    assert second.state_dict() == straight.state_dict()
    old = {name: value for name, value in first.state_dict().items() if name != "evaluations"}
    second.load_state_dict(old)  # a checkpoint of an earlier version
    assert second.conclusion()["verdict"] == "game in balance"


def test_probes_of_before_there_were_held_out_images():
    made = monitor("warn")
    made.history = [{name: value for name, value in one.items() if name != "d_real_held_out"} for one in made.history]
    assert made.conclusion()["verdict"] == "game in balance"
    made.history.append(FINE | {"d_real_held_out": math.nan, "step": 110})
    assert made.conclusion()["verdict"] == "game in balance"
