"""A GAN from images that starts from published files: their image before step 0, frozen parts bit-identical after."""

import signal

import pytest
import torch
from image_words import words
from test_resume import same_ending

import artesano
import published_files as files
from artesano.config.compose import compose
from artesano.errors import BadInput
from artesano.experiment.resume import resume
from artesano.gan.published import published_generator
from artesano.gan.published_discriminators import published_discriminator
from artesano.kinds.registry import experiment_of
from artesano.runs import record
from artesano.runs.checkpoint import read_checkpoint
from artesano.runs.find import find_run
from fresh import stopped_at

pytestmark = pytest.mark.e2e

OWN = ("generator.", "discriminator.")  # words of networks that are none of ours


def start(variant, root, tensors, *more):
    """Words of a run of this variant that starts from a file; the generator's own options are left out."""
    root.mkdir(exist_ok=True)
    torch.save({"params": tensors}, root / "theirs.pth")
    usual = [word for word in words(variant, root) if not word.startswith(OWN)]
    small = [] if any(word.startswith("weights.discriminator") for word in more) else ["discriminator.width=4"]
    taken = {word.partition("=")[0] for word in more}
    usual += [*small, "weights.source=file", f"weights.file={root / 'theirs.pth'}"]
    return [word for word in usual if word.partition("=")[0] not in taken] + list(more)


def experiment(given):
    composed = compose(given)
    return experiment_of(composed.resolved, composed.origins, composed.choices)


def moved(folder, file):
    """Names of the generator's tensors that are not those of the file, trained and averaged."""
    began, tensors = published_generator(str(file)).tensors, read_checkpoint(folder, "last").tensors
    return [
        {name for name, tensor in began.items() if not torch.equal(tensor, tensors[prefix + name])}
        for prefix in ("network.a2b.generator.", "ema.module.a2b.")
    ]


def test_before_the_first_step_it_makes_what_the_file_makes_and_the_config_follows_it(tmp_path):
    made = experiment(start("srgan", tmp_path, files.rrdb(), "scale=4"))
    made.check()
    training = made.build()
    images = torch.rand(1, 3, 9, 11)
    expected = files.rrdb_forward(files.rrdb(), images)
    for network in (training.module.networks.generator, training.module.evaluated["a2b"]):
        with torch.no_grad():
            torch.testing.assert_close(network.eval()(images), expected, rtol=1e-5, atol=1e-5)
    node = training.options.resolved["generator"]
    assert node["_target_"] == "artesano.gan.networks.image.rrdbnet.Generator"
    assert (node["width"], node["growth"], node["blocks"]) == (4, 2, 2)
    assert training.model["generator"] == node


STRATEGIES = {
    "full": None,
    "partial": {"conv_up2", "conv_hr", "conv_last"},
}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_frozen_is_bit_identical_and_the_rest_moves(tmp_path, outputs, strategy):
    more = ["strategy.groups=2"] if strategy == "partial" else []
    given = start("srgan", tmp_path, files.rrdb(), "scale=4", f"strategy={strategy}", "phases.pixel=1", *more)
    folder = artesano.train(*given).folder
    network = {name.partition(".")[0] for name in published_generator(str(tmp_path / "theirs.pth")).tensors}
    for changed in moved(folder, tmp_path / "theirs.pth"):
        assert {name.partition(".")[0] for name in changed} == (STRATEGIES[strategy] or network)
    known = record.read(folder)
    assert known["start"]["files"] == {"generator_a2b": "theirs.pth"}
    assert known["config"]["generator.blocks"] == 2
    if strategy == "partial":
        assert 0 < known["parameters"]["trainable"] < known["parameters"]["total"]
        again = artesano.load(folder, "last")
        assert again.generator.scale == 4


def test_the_lower_layers_of_a_published_discriminator_stay_bit_identical(tmp_path, outputs):
    torch.save({"params": files.unet_sn()}, tmp_path / "d.pth")
    file = f"weights.discriminator_file={tmp_path / 'd.pth'}"
    more = ["strategy=freeze_d", "strategy.groups=3", "phases.pixel=1", "max_steps=3"]
    folder = artesano.train(*start("srgan", tmp_path, files.rrdb(), "scale=4", file, *more)).folder
    began = published_discriminator(str(tmp_path / "d.pth")).tensors
    tensors = read_checkpoint(folder, "last").tensors
    place = "network.a2b.discriminator."
    changed = {name for name, tensor in began.items() if not torch.equal(tensor, tensors[place + name])}
    assert {".".join(name.split(".")[:2]) for name in changed} == {
        "decoder.2",
        "smooth.0",
        "smooth.1",
        "logits.weight",
        "logits.bias",
    }
    assert record.read(folder)["config"]["discriminator.width"] == 2
    assert all(moved(folder, tmp_path / "theirs.pth"))


def test_norm_trains_gains_and_shifts_alone_and_a_new_discriminator_as_a_whole(tmp_path, outputs):
    given = start("pix2pix", tmp_path, files.unet(), "strategy=norm", "strategy.norm_stats=pretrained", "max_steps=2")
    folder = artesano.train(*given).folder
    tensors = files.unet()
    gains = {name for name, tensor in tensors.items() if tensor.ndim == 1 and "running" not in name}
    gains -= {"model.model.3.bias"}
    for changed in moved(folder, tmp_path / "theirs.pth"):
        assert changed == gains


def test_killed_and_resumed_equals_straight(tmp_path, outputs, monkeypatch):
    given = start("srgan", tmp_path / "data", files.rrdb(), "scale=4", "strategy=partial", "strategy.groups=2")
    given = [word for word in given if not word.startswith(("max_steps", "checkpoint_every"))]
    given += ["max_steps=6", "checkpoint_every=1"]
    monkeypatch.setenv("ARTESANO_OUTPUTS", str(tmp_path / "straight"))
    whole = artesano.train(*given).folder
    monkeypatch.setenv("ARTESANO_OUTPUTS", str(tmp_path / "killed"))
    assert stopped_at(4, signal.SIGKILL, "train", *given) == -9
    folder = find_run("last")
    resume("last", [])
    same_ending(folder, whole)


# What does not fit ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variant", "make", "more", "said"),
    [
        ("srgan", lambda: files.rrdb(2), ("scale=4",), "enlarges by 2, and the scale of gan=srgan is 4; give scale=2."),
        ("pix2pix", files.rrdb, (), "the scale of gan=pix2pix is 1; gan=srgan scale=4 takes it."),
        (
            "srgan",
            lambda: files.rrdb(channels=1),
            ("scale=4",),
            "takes images of 1 channel and makes images of 1 channel; those of the data have 3 and 3.",
        ),
        (
            "srgan",
            files.rrdb,
            ("scale=4", "generator=msrresnet"),
            "holds RRDBNet of ESRGAN and Real-ESRGAN, and not MSRResNet of BasicSR; leave generator out",
        ),
        ("srgan", files.rrdb, ("scale=4", "hacks.normalise_images=true"), "give hacks.normalise_images=false."),
        ("srgan", files.rrdb, ("scale=4", "strategy=norm"), "no normalisation layer"),
        ("srgan", files.rrdb, ("scale=4", "strategy=freeze_d"), "give weights.discriminator_file=<file>"),
        ("srgan", files.rrdb, ("scale=4", "weights.back_file=b.pth"), "there is no way back; gan=cyclegan has one."),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(tmp_path, outputs, variant, make, more, said):
    with pytest.raises(BadInput) as caught:
        artesano.train(*start(variant, tmp_path, make(), *more))
    (problem,) = caught.value.problems
    assert said in problem
    assert not outputs.exists()


def test_a_file_is_for_gans_from_images(outputs, tmp_path):
    with pytest.raises(BadInput, match="starts GANs from images"):
        artesano.train("gan=dcgan", "weights.source=file", f"weights.file={tmp_path / 'x.pth'}")
    with pytest.raises(BadInput, match=r"weights\.discriminator_file=.*used only with weights\.source=file"):
        artesano.train("gan=srgan", f"weights.discriminator_file={tmp_path / 'x.pth'}")
