"""A GAN from images that starts from published files: their image before step 0, frozen parts bit-identical after."""

import shutil

import pytest
import torch
from image_words import words
from test_resume import same_ending

import artesano
import published_files as files
from artesano.config.compose import compose
from artesano.config.targets import load_plain
from artesano.errors import BadInput
from artesano.experiment.branch import branch
from artesano.experiment.may_change import changed as change
from artesano.experiment.rerun import rerun
from artesano.experiment.resume import resume
from artesano.gan.published import published_generator
from artesano.gan.published_discriminators import published_discriminator
from artesano.kinds.bundle import bundle
from artesano.kinds.registry import experiment_of
from artesano.runs import record
from artesano.runs.checkpoint import read_checkpoint

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


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder for `begun`: its data, its file and its outputs."""
    return tmp_path_factory.mktemp("published")


@pytest.fixture(scope="module")
def begun(place):
    """Two steps from a file, with only the last layers of the generator trained; every state is kept."""
    more = ["strategy=partial", "strategy.groups=2", "max_steps=2", "keep_checkpoints=2", "phases.pixel=1"]
    more += ["eval_every=2", "checkpoint_every=1", "samples_every=2"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTESANO_OUTPUTS", str(place / "outputs"))
        return artesano.train(*start("srgan", place, files.rrdb(blocks=1), "scale=4", *more)).folder


@pytest.fixture
def replaced(place):
    """Other weights of the same shape in the place of the file; it is put back afterwards."""
    file = place / "theirs.pth"
    former = file.read_bytes()
    torch.save({"params": {name: tensor + 1 for name, tensor in files.rrdb(blocks=1).items()}}, file)
    yield file
    file.write_bytes(former)


@pytest.fixture
def gone(place):
    """No file any more; it is put back afterwards."""
    file = place / "theirs.pth"
    file.rename(place / "elsewhere.pth")
    yield file
    (place / "elsewhere.pth").rename(file)


def test_frozen_is_bit_identical_and_the_rest_moves(begun, place):
    for changed in moved(begun, place / "theirs.pth"):
        assert {name.partition(".")[0] for name in changed} == {"conv_up2", "conv_hr", "conv_last"}
    known = record.read(begun)
    assert known["start"]["files"] == {"generator_a2b": "theirs.pth"}
    assert known["config"]["generator.blocks"] == 1
    assert known["notes"][0] == "the discriminator starts from random weights: no file was given"
    assert 0 < known["parameters"]["trainable"] < known["parameters"]["total"]


def test_a_bundle_needs_no_file(begun, gone, tmp_path):
    packed, _ = bundle(str(begun), str(tmp_path / "small.safetensors"))
    images = torch.rand(1, 3, 8, 8)
    assert torch.equal(artesano.load(packed)(images), artesano.load(begun)(images))


def test_branched_off_without_the_file_it_is_the_old_run(begun, gone, outputs):
    same_ending(branch(str(begun), 1, []).folder, begun)


def test_resumed_beside_another_file_it_goes_on_with_its_own_weights(begun, replaced, outputs, tmp_path):
    folder = shutil.copytree(begun, outputs / begun.parent.name / begun.name)
    resume(str(folder), ["max_steps=3"])
    tensors = [read_checkpoint(where, "last").tensors for where in (begun, folder)]
    first = "network.a2b.generator.conv_first.weight"
    assert torch.equal(tensors[0][first], tensors[1][first])
    assert record.read(folder)["start"] == record.read(begun)["start"]


def test_repeated_from_another_file_it_is_refused(begun, replaced, outputs):
    with pytest.raises(BadInput, match=r"weights\.file=.*theirs\.pth: holds other weights than those that") as caught:
        rerun(str(begun), [])
    assert len(caught.value.problems) == 1
    assert not outputs.exists()


def test_the_lower_layers_of_a_published_discriminator_stay_bit_identical(tmp_path, outputs):
    torch.save({"params": files.unet_sn()}, tmp_path / "d.pth")
    file = f"weights.discriminator_file={tmp_path / 'd.pth'}"
    more = ["strategy=freeze_d", "strategy.groups=3", "phases.pixel=0", "max_steps=1"]
    folder = artesano.train(*start("srgan", tmp_path, files.rrdb(blocks=1), "scale=4", file, *more)).folder
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
    known = record.read(folder)
    assert known["config"]["discriminator.width"] == 2
    assert not any("random weights" in note for note in known["notes"])
    generator = {name.partition(".")[0] for name in published_generator(str(tmp_path / "theirs.pth")).tensors}
    for moving in moved(folder, tmp_path / "theirs.pth"):
        assert {name.partition(".")[0] for name in moving} == generator


def test_norm_trains_gains_and_shifts_alone_and_a_branch_changes_only_what_the_network_has(tmp_path, outputs):
    given = start("pix2pix", tmp_path, files.unet(), "strategy=norm", "strategy.norm_stats=pretrained", "max_steps=1")
    folder = artesano.train(*given).folder
    tensors = files.unet()
    gains = {name for name, tensor in tensors.items() if tensor.ndim == 1 and "running" not in name}
    gains -= {"model.model.3.bias"}
    for changed in moved(folder, tmp_path / "theirs.pth"):
        assert changed == gains
    then, now = load_plain(folder / "config.yaml"), change(folder, record.read(folder), ["hacks.generator_dropout=0.2"])
    assert now.config["generator"] == then["generator"] | {"dropout": 0.2}


def test_the_dropout_of_a_config_counts_and_the_way_back_of_a_cycle_is_said_to_be_random(tmp_path):
    for share in (0, 0.25):
        made = experiment(
            start("cyclegan", tmp_path / str(share), files.resnet(dropout=True), f"hacks.generator_dropout={share}")
        )
        made.check()
        assert made.options.generator["dropout"] == share
    training = made.build()
    assert training.notes == ["the way back (b2a) and both discriminators start from random weights: no file was given"]
    back = training.module.evaluated["b2a"].state_dict()
    own = published_generator(str(tmp_path / "0.25" / "theirs.pth")).tensors
    assert all(torch.equal(tensor, own[name]) for name, tensor in training.module.evaluated["a2b"].state_dict().items())
    assert not torch.equal(back["model.1.weight"], own["model.1.weight"])


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
        ("srgan", files.rrdb, ("scale=4", "strategy=norm"), "theirs.pth (RRDBNet of ESRGAN and Real-ESRGAN) has none"),
        ("pix2pix", files.resnet, ("strategy=norm",), "its InstanceNorm2d have neither scale nor shift"),
        ("srgan", files.rrdb, ("scale=4", "strategy=freeze_d"), "give weights.discriminator_file=<file>"),
        ("srgan", files.rrdb, ("scale=4", "weights.back_file=b.pth"), "there is no way back; gan=cyclegan has one."),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(tmp_path, outputs, variant, make, more, said):
    with pytest.raises(BadInput) as caught:
        experiment(start(variant, tmp_path, make(), *more)).check()
    (problem,) = caught.value.problems
    assert said in problem


def test_without_norms_the_strategies_that_are_named_work(tmp_path, outputs):
    given = start("srgan", tmp_path, files.rrdb(), "scale=4")
    with pytest.raises(BadInput, match=r"give strategy=partial, gradual or full\.") as caught:
        experiment([*given, "strategy=norm"]).check()
    assert "hacks.generator_norm" not in str(caught.value)  # the generator is that of the file
    for name in ("partial", "gradual", "full"):
        experiment([*given, f"strategy={name}"]).check()


@pytest.mark.parametrize(
    ("word", "more", "said"),
    [
        ("generator.width=16", (), "the generator is that of weights.file"),
        ("hacks.generator_norm=instance", (), "the generator is that of weights.file"),
        ("hacks.upsample=transposed", (), "the generator is that of weights.file"),
        ("discriminator.layers=2", ("weights.discriminator_file=d.pth",), "that of weights.discriminator_file"),
        ("discriminator.layers=2", (), None),
        ("hacks.upsample=transposed", ("generator=pix2pix_unet",), None),
        ("generator=unet", (), "generator=unet: the generator is that of weights.file; leave it out."),
        ("generator=pix2pix_resnet", (), None),
        ("hacks.generator_dropout=0.2", (), None),
    ],
)
def test_what_a_file_decides_is_no_option(word, more, said):
    given = ["gan=pix2pix", "weights.source=file", "weights.file=g.pth", *more, word]
    if said is None:
        compose(given)
        return
    with pytest.raises(BadInput) as caught:
        compose(given)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{word}: ")
    assert said in problem


def test_a_file_is_for_gans_from_images(outputs, tmp_path):
    with pytest.raises(BadInput, match="starts GANs from images"):
        compose(["gan=dcgan", "weights.source=file", f"weights.file={tmp_path / 'x.pth'}"])
    with pytest.raises(BadInput, match=r"weights\.discriminator_file=.*used only with weights\.source=file"):
        compose(["gan=srgan", f"weights.discriminator_file={tmp_path / 'x.pth'}"])
