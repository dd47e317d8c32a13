"""A GAN from images killed in each of its phases and resumed equals the straight run, bit for bit."""

import functools
import signal

import pytest
import torch
from image_words import words
from test_resume import equal, same_ending

import artesano
from artesano.experiment.resume import resume
from artesano.runs import record
from artesano.runs.find import find_run
from artesano.runs.metrics import read_rows
from fresh import stopped_at

pytestmark = pytest.mark.e2e

STEPS, PIXELS = 24, 12
STREAMED = ("data.in_memory=false", "data.workers=1")


def given(variant, root):
    """All that such a run has to remember: two phases or a pool of fakes, noises, averages, two optimisers each."""
    changed = {"max_steps", "eval_every", "phases.pixel", "phases.ramp"}
    base = [word for word in words(variant, root) if word.partition("=")[0] not in changed]
    base += [f"max_steps={STEPS}", "eval_every=6", "log_every=1", "checkpoint_every=3", "samples_every=12"]
    if variant == "cscgan":  # maps that are drawn, in the style of each level
        return [*base, "data.style=[street,atlas]"]
    if variant == "srgan":
        return [*base, f"phases.pixel={PIXELS}", "phases.ramp=4", "degradation=realistic", "health.every=4"]
    tricks = ["hacks.replay=6", "hacks.generator_dropout=0.3", "hacks.instance_noise=0.1"]
    return [*base, *tricks, "health.every=4", *STREAMED]


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    """`straight("srgan")`: the overrides of a run that nothing stops, and its folder; made once."""

    @functools.cache
    def run(variant):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ARTESANO_OUTPUTS", str(tmp_path_factory.mktemp("straight")))
            overrides = given(variant, tmp_path_factory.mktemp(variant))
            return overrides, artesano.train(*overrides).folder

    return run


@pytest.mark.parametrize(
    ("variant", "since"),
    [("srgan", 5), ("srgan", PIXELS + 5), ("cyclegan", 8), ("cscgan", 5)],
    ids=["pixels", "adversary", "pool", "drawn maps"],
)
def test_killed_and_resumed_equals_straight(variant, since, straight, outputs):
    overrides, whole = straight(variant)
    assert stopped_at(since, signal.SIGKILL, "train", *overrides) == -9
    folder = find_run("last")
    assert max(step for step, _, _ in read_rows(folder / "metrics.csv")) == since
    resume("last", [])
    same_ending(folder, whole)
    assert record.read(folder)["health"] == record.read(whole)["health"]
    assert (folder / "plots" / "strips.png").read_bytes() == (whole / "plots" / "strips.png").read_bytes()
    for name in ("pixel", "adversarial") if variant == "srgan" else ():
        kept = [torch.load(run / f"checkpoints/{name}_best.ckpt", weights_only=True) for run in (folder, whole)]
        assert equal(*kept)
    held = torch.load(folder / "checkpoints" / "last.ckpt", weights_only=True)
    assert held["step"] == STEPS
    assert len(held["optimizer_states"]) == 2
    if variant == "cyclegan":
        assert all(held["state_dict"][f"network.{way}.discriminator_input.pool.filled"] > 6 for way in ("a2b", "b2a"))
