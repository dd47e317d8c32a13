"""A GAN that starts from another: the same images before the first step, frozen parts bit-identical after the last."""

import pytest
import torch

import artesano
from artesano.cli import main
from artesano.config.compose import compose
from artesano.errors import BadInput
from artesano.kinds.gan.load import load_gan
from artesano.kinds.registry import experiment_of
from artesano.runs import record
from artesano.runs.checkpoint import below, read_checkpoint

pytestmark = pytest.mark.slow

SPECTRAL = ("hacks.discriminator_norm=spectral", "hacks.r1=1.0")  # u and v are buffers, and R1 goes through them


@pytest.fixture
def words(gan_runs, outputs):
    """Overrides of a run on the images of the source run and with its networks."""

    def words(source, *more):
        config = record.read(source)["config"]
        kept = ["data.root", "data.batch_size", "image_size", "generator.width", "discriminator.width", "hacks.ema"]
        usual = [
            *("task=gan", "data=folder", f"gan={config['gan.name']}", *(f"{key}={config[key]}" for key in kept)),
            *("evaluation=none", "max_steps=4", "trainer=cpu", "logger.wandb.mode=disabled", "checkpoint_every=1"),
            *("seed=5", "weights.source=run", f"weights.run={source}"),
        ]
        given = {word.partition("=")[0] for word in more}
        return [word for word in usual if word.partition("=")[0] not in given] + list(more)

    return words


def ended(folder):
    """{name: tensor} of the last step."""
    return read_checkpoint(folder, "last").tensors


def moved(source, folder):
    """Names of tensors of both networks and of the average that are not those that the run began with.

    The generator began as the source's average.
    """
    before, after = read_checkpoint(source).tensors, ended(folder)
    begin = {name: tensor for name, tensor in before.items() if name.startswith("network.discriminator.")}
    begin |= {f"{part}{name.removeprefix('ema.module.')}": tensor for name, tensor in before.items()
              for part in ("network.generator.", "ema.module.") if name.startswith("ema.module.")}  # fmt: skip
    assert begin.keys() <= after.keys()
    return {name for name, tensor in begin.items() if not torch.equal(tensor, after[name])}


def layers(names, network):
    """{"layers.3", "heads"} of the names below a network."""
    inside = [name.removeprefix(network).split(".") for name in names if name.startswith(network)]
    return {".".join(parts[:2]) if parts[0] == "layers" else parts[0] for parts in inside}


#: {strategy: which layers move in G (linear, norm, block, norm, images) and D (convolution, convolution, norm, heads)}
EVERYTHING = ({"layers.0", "layers.2", "layers.4", "layers.5", "layers.7"}, None)
LEARN = {
    "full": EVERYTHING,
    "partial": ({"layers.0", "layers.2", "layers.4", "layers.5"}, "frozen"),
    "freeze_d": (EVERYTHING[0], "frozen"),
    "norm": ({"layers.2", "layers.5"}, None),
}


@pytest.mark.parametrize("strategy", LEARN)
def test_frozen_is_bit_identical_and_the_rest_moves(gan_runs, words, strategy):
    source = gan_runs("dcgan", *SPECTRAL)
    groups = ["strategy.groups=1"] if strategy in ("partial", "freeze_d") else []
    folder = artesano.train(*words(source, *SPECTRAL, f"strategy={strategy}", "data.shots=8", *groups)).folder
    changed = moved(source, folder)
    generator, lower = LEARN[strategy]
    network = artesano.load(source).generator
    parameters = {name.split(".parametrizations")[0] for name, _ in network.named_parameters()}
    assert layers(parameters, "") >= generator  # the layers that are named above are there
    assert layers(changed, "network.generator.") == generator
    assert layers(changed, "ema.module.") == generator
    first = {name for name in changed if name.startswith("network.discriminator.layers.0.")}
    assert bool(first) == (lower is None)  # spectral norm's u and v too
    assert {"heads"} < layers(changed, "network.discriminator.")


def test_norm_trains_scale_and_shift_and_no_weight(gan_runs, words):
    source = gan_runs("dcgan", *SPECTRAL)
    folder = artesano.train(*words(source, *SPECTRAL, "strategy=norm", "strategy.norm_stats=pretrained")).folder
    changed = {name.removeprefix("network.generator.") for name in moved(source, folder) if "network.gen" in name}
    assert changed == {f"layers.{place}.{name}" for place in (2, 5) for name in ("weight", "bias")}  # no statistics
    known = record.read(folder)
    assert known["config"]["strategy.norm_stats"] == "pretrained"
    discriminator = known["parameters"]["discriminator"]
    assert known["parameters"]["trainable"] == discriminator + sum(
        tensor.numel() for name, tensor in ended(folder).items() if name.removeprefix("network.generator.") in changed
    )


@pytest.mark.parametrize("gan", ["dcgan", "cdcgan"])
def test_before_the_first_step_it_draws_what_the_source_draws(gan_runs, words, gan):
    source = gan_runs(gan)
    composed = compose(words(source, "strategy=partial", "strategy.groups=1"))
    experiment = experiment_of(composed.resolved, composed.origins, composed.choices)
    experiment.check()
    module = experiment.build().module
    loaded = load_gan(source)
    z, labels = loaded.draw(8, 0, "test")
    images = loaded(z, labels, 0)
    assert torch.equal(module.images(z, labels), images)
    assert torch.equal(module.images(z, labels, module.networks.generator), images)  # the trained one starts there too
    assert images.float().std() > 0
    own = module.networks.discriminator.state_dict()
    saved = read_checkpoint(source).tensors
    assert all(torch.equal(tensor, saved[f"network.discriminator.{name}"]) for name, tensor in own.items())


def test_dropout_and_noise_may_differ_and_rename_no_weight(gan_runs, words):
    source = gan_runs("dcgan", "hacks.generator_dropout=0.3", "hacks.discriminator_noise=0.2")
    run = artesano.train(*words(source, "max_steps=1", "hacks.lr=1e-12", "strategy=full"))
    before, after = read_checkpoint(source), read_checkpoint(run.folder, "last")
    began = list(below("network.discriminator.", before.tensors).values())
    ends = list(below("network.discriminator.", after.tensors).values())
    assert len(began) == len(ends)
    weights = [(one, other) for one, other in zip(began, ends, strict=True) if one.dim() > 1]
    for one, other in weights:
        torch.testing.assert_close(one, other, atol=1e-6, rtol=0)


def test_gradual_lets_learn_from_the_far_end_on(gan_runs, words):
    source = gan_runs("dcgan")
    stages = ["strategy=gradual", "strategy.end=1.0"]
    early = artesano.train(*words(source, *stages, "strategy.start=0.99")).folder
    assert layers(moved(source, early), "network.generator.") == {"layers.0", "layers.2"}  # what reads the noise
    assert layers(moved(source, early), "network.discriminator.") == {"heads"}
    late = artesano.train(*words(source, *stages, "strategy.start=0.5")).folder
    assert layers(moved(source, late), "network.generator.") == {"layers.0", "layers.2", "layers.4", "layers.5"}


def test_rates_of_groups_follow_the_strategy(gan_runs, words):
    composed = compose(words(gan_runs("dcgan"), "strategy=full", "strategy.layer_decay=0.5", "strategy.head_lr=3.0"))
    module = experiment_of(composed.resolved, composed.origins, composed.choices).build().module
    lr = composed.resolved["hacks"]["lr"]
    for optimizer, part in zip(module.configure_optimizers(), module.adversaries.values(), strict=True):
        rates = [group["base_lr"] / lr for group in optimizer.param_groups]
        assert rates == pytest.approx([3.0, 0.5, 0.25])
        learning = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        assert {*map(id, learning)} == {*map(id, part.parameters())}


def test_without_a_source_nothing_is_different(gan_runs):
    known = record.read(gan_runs("dcgan"))
    assert known["parameters"]["trainable"] == known["parameters"]["total"]
    assert "start" not in known
    assert not any(key.startswith("strategy") for key in known["config"])
    config = compose([word for word in known["overrides"] if not word.startswith("name=")]).resolved
    del config["weights"]  # as of a run of before there was a choice
    module = experiment_of(config).build().module
    assert all(len(optimizer.param_groups) == 1 for optimizer in module.configure_optimizers())
    assert "rate" not in module.configure_optimizers()[0].param_groups[0]


def test_a_bundle_with_a_discriminator_is_a_start_as_good(gan_runs, words, tmp_path, capsys):
    source, file = gan_runs("dcgan"), tmp_path / "g.safetensors"
    assert main(["bundle", str(source), "-o", str(file), "--discriminator"]) == 0
    ways = [artesano.train(*words(source)), artesano.train(*words(source)[:-1], f"weights.run={file}")]
    states = [ended(run.folder) for run in ways]
    learnt = [name for name in states[0] if name.startswith(("network.", "ema."))]  # not the losses, some still NaN
    assert len(learnt) > 20
    assert all(torch.equal(states[0][name], states[1][name]) for name in learnt)
    starts = [record.read(run.folder)["start"]["weights"] for run in ways]
    assert starts[0] == starts[1]
    assert main(["sample", str(file), "--which", "raw"]) == 2  # the average alone is in it
    assert "averaged weights only" in capsys.readouterr().err


def test_the_table_names_the_groups_of_both_networks(gan_runs, words, capsys):
    artesano.train(*words(gan_runs("dcgan"), "strategy=freeze_d", "strategy.groups=1", "dry_run=true"))
    shown = capsys.readouterr().out
    rows = [line.split() for line in shown.splitlines() if line.strip().startswith(("generator ", "discriminator "))]
    learns = {(row[0], int(row[1])): "100" in row for row in rows if row[1].isdigit()}
    assert learns == {("generator", 0): True, ("generator", 1): True, ("generator", 2): True,
                      ("discriminator", 0): False, ("discriminator", 1): True, ("discriminator", 2): True}  # fmt: skip


@pytest.mark.parametrize(
    ("gan", "changed", "said"),
    [
        ("dcgan", ["image_size=32"], ["image_size=16 there and 32 here", "give image_size=16"]),
        ("dcgan", ["generator.width=8"], ["generator.width=4 there and 8 here", "give generator.width=4"]),
        ("dcgan", ["in_chans=1", "data=rendered_digits", "data.samples=200"], ["channels=3 there and 1 here"]),
        ("dcgan", ["latent.size=7"], ["latent.size=100 there and 7 here", "give latent.size=100"]),
        ("dcgan", ["gan=sngan"], ["generator=dcgan there and resnet here", "give gan=dcgan"]),
        ("dcgan", ["hacks.activation=leaky_relu"], ["generator.activation=relu there and leaky_relu here"]),
        ("dcgan", ["gan=cdcgan"], ["generator.conditioning=none there and concat here"]),
        ("cdcgan", ["data.classes=['2','ñandú']"], ["classes=3 there and 2 here", "as many"]),
        ("dcgan", ["strategy=partial", "strategy.groups=9"], ["strategy.groups=9: nothing would stay frozen"]),
        ("dcgan", ["strategy=norm", "hacks.generator_norm=none"], ["generator.norm=batch there and none here"]),
        ("dcgan", ["strategy=lora"], ["strategy=lora: for a classifier", "freeze_d, full, gradual, norm, partial"]),
        ("dcgan", ["strategy=partial", "strategy.l2_sp=0.1"], ["strategy.l2_sp=0.1"]),
        ("dcgan", ["weights.source=none"], ["weights.run=", "used only with weights.source=run"]),
        ("dcgan", ["weights.source=hub"], ["weights.source"]),
        ("dcgan", ["weights.run=nowhere"], ["weights.run=nowhere"]),
        ("dcgan", ["strategy=freeze_d", "strategy.groups=1", "hacks.unrolled_steps=1"], ["hacks.unrolled_steps=1"]),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_written(gan_runs, words, outputs, gan, changed, said):
    given = words(gan_runs(gan), *changed)
    if "data=rendered_digits" in given:
        given = [word for word in given if not word.startswith("data.root")]
    with pytest.raises(BadInput) as caught:
        artesano.train(*given)
    message = "\n".join(caught.value.problems)
    assert all(part in message for part in said), message
    assert not outputs.exists()


def test_a_strategy_needs_something_pretrained(outputs):
    with pytest.raises(BadInput, match=r"with weights.source=none nothing is pretrained"):
        artesano.train("task=gan", "strategy=partial")
    with pytest.raises(BadInput, match=r"phases.run=<run>"):
        artesano.train("gan=srgan", "weights.source=run", "weights.run=1")
    with pytest.raises(BadInput, match=r"strategy=freeze_d: for a GAN"):
        artesano.train("task=transfer", "strategy=freeze_d", "weights.source=none", "backbone=test_resnet")
    assert not outputs.exists()


def test_a_bundle_of_the_generator_alone_and_a_classifier_are_no_start(gan_runs, words, run, tmp_path):
    source, file = gan_runs("dcgan"), tmp_path / "g.safetensors"
    main(["bundle", str(source), "-o", str(file)])
    with pytest.raises(BadInput, match=r"holds the generator alone.*--discriminator"):
        artesano.train(*words(source)[:-1], f"weights.run={file}")
    with pytest.raises(BadInput, match=r"weights.run=.*is the run of a classifier"):
        artesano.train(*words(source)[:-1], f"weights.run={run[0]}")


def test_a_generator_without_norms_has_no_scale_to_train(gan_runs, words):
    source = gan_runs("dcgan", "hacks.generator_norm=none")
    with pytest.raises(BadInput, match=r"strategy=norm: the generator has no normalisation layer"):
        artesano.train(*words(source, "hacks.generator_norm=none", "strategy=norm"))


def test_the_ratio_of_neighbours_is_a_metric_where_it_is_asked_for(gan_runs, words):
    asked = ["evaluation=fast", "evaluation.samples=50", "evaluation.neighbours=true"]
    metrics = artesano.train(*words(gan_runs("dcgan"), *asked)).metrics
    assert metrics["test/neighbour_ratio_lite0_50"] > 0
    assert not any("neighbour" in name for name in record.read(gan_runs("dcgan"))["metrics"]["best"])
    with pytest.raises(BadInput, match=r"evaluation.neighbours=true"):
        artesano.train(*words(gan_runs("dcgan"), "evaluation.neighbours=true"))
