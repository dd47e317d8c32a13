"""A test for each trick: its flag changes the nodes that it names, no other, and the object shows the effect."""

import ast
import copy
import inspect
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from omegaconf import OmegaConf
from torch import nn

from artesano.config import search_path
from artesano.config.compose import compose
from artesano.config.targets import instantiate
from artesano.data.batches import LabelledImages
from artesano.errors import BadInput
from artesano.gan.module import GanModule
from artesano.gan.pixels import PixelRange
from artesano.kinds.gan.build import build_networks, check_unrolling
from artesano.kinds.gan.experiment import GanExperiment
from artesano.kinds.registry import options_of

pytestmark = pytest.mark.slow

CHANNELS, CLASSES, SIZE = 3, 4, 16
OFF = OmegaConf.to_container(OmegaConf.load(search_path.shipped() / "hacks" / "none.yaml"))
FROM_IMAGES = {"srgan", "swcgan", "pix2pix", "cscgan", "cyclegan", "inpaint"}
PRESETS = sorted(
    {file.stem for file in (search_path.shipped() / "gan").glob("*.yaml")} - FROM_IMAGES - {"toy"}
)  # on points: tests/kinds/points


def flat(value: Any, prefix: str = "") -> dict[str, Any]:
    """Dotted keys of a resolved config."""
    if not isinstance(value, dict) or not value:
        return {prefix: value}
    found: dict[str, Any] = {}
    for key, inner in value.items():
        found |= flat(inner, f"{prefix}.{key}" if prefix else key)
    return found


def small(config: dict[str, Any]) -> dict[str, Any]:
    """The same with networks of width 4 for images of 16 px."""
    config = copy.deepcopy(config) | {"image_size": SIZE}
    for part in ("generator", "discriminator"):
        for key, value in {"width": 4, "group": 4, "hidden": 8}.items():
            if key in config[part]:
                config[part][key] = [value] if isinstance(config[part][key], list) else value
    return config


def networks_of(config: dict[str, Any]):
    torch.manual_seed(0)
    options = options_of(small(config))
    return build_networks(options, instantiate(options.latent), CHANNELS, CLASSES)


def layers(network: nn.Module, *kinds: type) -> int:
    return sum(isinstance(layer, kinds) for layer in network.modules())


@pytest.fixture(scope="module")
def off() -> dict[str, Any]:
    return compose(["task=gan", "hacks=none"]).resolved


# Each trick -------------------------------------------------------------------------------------------------------


@dataclass
class Trick:
    """A value that differs from off, the keys that it reaches, and what the built networks then show."""

    value: Any
    reaches: tuple[str, ...]
    with_others: tuple[str, ...] = ()  # needed before the object can be built
    shows: Any = None  # (networks, config) -> bool; must be false with the flag off


def moves(networks, _config) -> bool:
    """The generator makes other images of the same z each time, in eval mode."""
    generator, z = networks.generator.eval(), torch.randn(4, 100)
    return not torch.equal(generator(z), generator(z))


def wavers(networks) -> bool:
    """The discriminator, as it is, gives the same images other logits each time."""
    images = torch.ones(4, CHANNELS, SIZE, SIZE)
    return not torch.equal(*(networks.discriminator(images).logits for _ in range(2)))


def calmed(networks) -> bool:
    """The same in eval mode."""
    networks.discriminator.eval()
    return wavers(networks)


def players(config) -> list[torch.optim.Optimizer]:
    weights = [nn.Parameter(torch.zeros(1))]
    return [instantiate(config["optimizer"][part])(weights) for part in ("generator", "discriminator")]


def terms(networks) -> dict[str, float]:
    return {type(term).__name__: term.weight for term in networks.terms}


def embed(module: nn.Module) -> torch.Tensor:
    """All convolution weights in a row."""
    return torch.cat([layer.weight.flatten() for layer in module.modules() if isinstance(layer, nn.Conv2d)])


TERM = "tricks.{}.weight"
TRICKS = {
    "latent": Trick(
        "gaussian",
        ("latent.noise",),
        shows=lambda networks, config: instantiate(config["latent"]).draw(99, torch.device("cpu")).abs().max() > 1,
    ),
    "normalise_images": Trick(
        True,
        ("normalise_images",),
        shows=lambda networks, config: PixelRange(config["normalise_images"]).ends == (-1, 1),
    ),
    "output": Trick(
        "tanh", ("generator.output",), shows=lambda networks, config: layers(networks.generator, nn.Tanh) == 1
    ),
    "activation": Trick(
        "leaky_relu",
        ("generator.activation", "discriminator.activation"),
        shows=lambda networks, config: (
            not layers(networks, nn.ReLU)
            and {m.negative_slope for m in networks.modules() if isinstance(m, nn.LeakyReLU)} == {0.2}
            and min(layers(networks.generator, nn.LeakyReLU), layers(networks.discriminator, nn.LeakyReLU)) > 0
        ),
    ),
    "downsample": Trick(
        "strided", ("discriminator.downsample",), shows=lambda networks, config: not layers(networks, nn.MaxPool2d)
    ),
    "upsample": Trick(
        "transposed",
        ("generator.upsample",),
        shows=lambda networks, config: not layers(networks, nn.Upsample) and layers(networks, nn.ConvTranspose2d) > 0,
    ),
    "generator_norm": Trick(
        "batch",
        ("generator.norm",),
        shows=lambda networks, config: (
            layers(networks.generator, nn.BatchNorm2d) > layers(networks.discriminator, nn.BatchNorm2d)
        ),
    ),
    "discriminator_norm": Trick(
        "spectral",
        ("discriminator.norm",),
        shows=lambda networks, config: (
            any("parametrizations" in name for name, _ in networks.discriminator.named_modules())
            and not any("parametrizations" in name for name, _ in networks.generator.named_modules())
        ),
    ),
    "generator_dropout": Trick(
        0.5,
        ("generator.dropout",),
        shows=lambda networks, config: layers(networks.generator, nn.Dropout) > 0 and not moves(networks, config),
    ),
    "dropout_at_test": Trick(True, ("generator.dropout_at_test",), ("hacks.generator_dropout=0.5",), shows=moves),
    "generator_noise": Trick(
        0.1,
        ("generator.noise",),
        shows=lambda networks, config: (
            not torch.equal(*(networks.generator.train()(torch.ones(2, 100)) for _ in range(2)))
        ),
    ),
    "discriminator_dropout": Trick(
        0.5, ("discriminator.dropout",), shows=lambda networks, config: wavers(networks) and not calmed(networks)
    ),
    "discriminator_noise": Trick(
        0.1, ("discriminator.noise",), shows=lambda networks, config: wavers(networks) and not calmed(networks)
    ),
    "minibatch": Trick(
        "stddev",
        ("discriminator.minibatch",),
        shows=lambda networks, config: any(
            "stddev" in type(m).__name__.lower() for m in networks.discriminator.modules()
        ),
    ),
    "pac": Trick(
        2,
        ("discriminator.pac",),
        shows=lambda networks, config: (
            next(layer for layer in networks.discriminator.modules() if isinstance(layer, nn.Conv2d)).in_channels
            == 2 * CHANNELS
        ),
    ),
    "init": Trick(
        "dcgan",
        ("generator.init", "discriminator.init"),
        shows=lambda networks, config: all(
            abs(embed(part).std().item() - 0.02) < 0.003 for part in (networks.generator, networks.discriminator)
        ),
    ),
    "flip_generator_labels": Trick(
        True, ("loss.flip_generator_labels",), shows=lambda networks, config: networks.loss.non_saturating
    ),
    "real_label": Trick([0.7, 1.2], ("loss.real",), shows=lambda networks, config: networks.loss.real == [0.7, 1.2]),
    "fake_label": Trick(0.1, ("loss.fake",), shows=lambda networks, config: networks.loss.fake == 0.1),
    "label_flip": Trick(0.05, ("loss.label_flip",), shows=lambda networks, config: networks.loss.label_flip == 0.05),
    "separate_batches": Trick(
        True,
        ("discriminator_input.separate_batches",),
        shows=lambda networks, config: batches_of_discriminator(networks) == [5, 5],
    ),
    "instance_noise": Trick(
        0.1,
        ("discriminator_input.instance_noise",),
        shows=lambda networks, config: networks.discriminator_input(torch.zeros(2, 3, 8, 8), 0.9).std() > 0,
    ),
    "instance_noise_until": Trick(
        0.5,
        ("discriminator_input.instance_noise_until",),
        ("hacks.instance_noise=0.1",),
        shows=lambda networks, config: networks.discriminator_input(torch.zeros(2, 3, 8, 8), 0.6).std() == 0,
    ),
    "diffaugment": Trick(
        ["cutout"],
        ("discriminator_input.diffaugment",),
        shows=lambda networks, config: (
            networks.discriminator_input(torch.ones(2, 3, 8, 8), 0.0).min() == 0.5
        ),  # grey in [0, 1]
    ),
    "ada": Trick(
        0.6,
        ("discriminator_input.ada",),
        ("hacks.diffaugment=[cutout]",),
        shows=lambda networks, config: networks.discriminator_input.p == 0,
    ),
    "replay": Trick(
        32,
        ("discriminator_input.replay",),
        shows=lambda networks, config: networks.discriminator_input.pool.images.shape == (32, 3, SIZE, SIZE),
    ),
    "feature_matching": Trick(
        0.5,
        (TERM.format("feature_matching"),),
        shows=lambda networks, config: terms(networks) == {"FeatureMatching": 0.5},
    ),
    "historical_averaging": Trick(
        0.5,
        (TERM.format("historical_averaging"),),
        shows=lambda networks, config: terms(networks) == {"HistoricalAveraging": 0.5},
    ),
    "gradient_penalty": Trick(
        10.0,
        (TERM.format("gradient_penalty"),),
        shows=lambda networks, config: terms(networks) == {"GradientPenalty": 10.0},
    ),
    "r1": Trick(5.0, (TERM.format("r1"),), shows=lambda networks, config: terms(networks) == {"R1": 5.0}),
    "r2": Trick(5.0, (TERM.format("r2"),), shows=lambda networks, config: terms(networks) == {"R2": 5.0}),
    "lecam": Trick(0.1, (TERM.format("lecam"),), shows=lambda networks, config: terms(networks) == {"LeCam": 0.1}),
    "penalty_interval": Trick(
        16,
        tuple(f"tricks.{name}.interval" for name in ("gradient_penalty", "r1", "r2")),
        ("hacks.r1=1.0", "hacks.r2=1.0", "hacks.gradient_penalty=1.0"),
        shows=lambda networks, config: {term.interval for term in networks.terms} == {16},
    ),
    "extra_critic_steps": Trick(
        2, ("extra_critic_steps",), shows=lambda networks, config: GanExperiment(options_of(config)).critic_steps == 3
    ),
    "unrolled_steps": Trick(
        1, ("unrolled_steps",), shows=lambda networks, config: module_of(config, networks).unrolled_steps == 1
    ),
    "generator_optimizer": Trick(
        "rmsprop",
        ("optimizer.generator.kind",),
        shows=lambda networks, config: [type(p) for p in players(config)] == [torch.optim.RMSprop, torch.optim.Adam],
    ),
    "discriminator_optimizer": Trick(
        "sgd",
        ("optimizer.discriminator.kind",),
        shows=lambda networks, config: (
            [type(p) for p in players(config)] == [torch.optim.Adam, torch.optim.SGD]
            and players(config)[1].param_groups[0]["momentum"] == config["hacks"]["betas"][0]
        ),
    ),
    "lr": Trick(
        0.0002,
        ("optimizer.generator.lr", "optimizer.discriminator.lr"),
        shows=lambda networks, config: [p.param_groups[0]["lr"] for p in players(config)] == [0.0002] * 2,
    ),
    "betas": Trick(
        [0.5, 0.999],
        ("optimizer.generator.betas", "optimizer.discriminator.betas"),
        shows=lambda networks, config: [p.param_groups[0]["betas"] for p in players(config)] == [(0.5, 0.999)] * 2,
    ),
    "discriminator_lr_factor": Trick(
        4.0,
        ("optimizer.discriminator.factor",),
        shows=lambda networks, config: [p.param_groups[0]["lr"] for p in players(config)] == [0.001, 0.004],
    ),
    "ema": Trick(0.99, ("ema",), shows=lambda networks, config: module_of(config, networks).ema is not None),
}


def batches_of_discriminator(networks) -> list[int]:
    """Images in each of its forward passes of one update."""
    sizes: list[int] = []
    hook = networks.discriminator.register_forward_pre_hook(lambda _, given: sizes.append(len(given[0])))
    images = torch.randn(5, CHANNELS, SIZE, SIZE)
    networks.discriminator_loss(images, images)
    hook.remove()
    return sizes


def test_every_trick_of_the_list_has_a_test():
    assert list(TRICKS) == list(OFF)


@pytest.mark.parametrize("name", TRICKS)
def test_the_flag_changes_the_nodes_that_it_names_and_no_other(name, off):
    trick = TRICKS[name]
    assert trick.value != OFF[name]
    word = f"hacks.{name}={trick.value}".replace(" ", "").replace("None", "null")
    before = flat(compose(["task=gan", "hacks=none", *trick.with_others]).resolved) if trick.with_others else flat(off)
    after = flat(compose(["task=gan", "hacks=none", *trick.with_others, word]).resolved)
    differing = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert differing == {f"hacks.{name}", *trick.reaches}
    for key in trick.reaches:
        assert before[key] == OFF[name]
        assert after[key] == trick.value


@pytest.mark.parametrize("name", TRICKS)
def test_the_built_objects_show_the_effect_and_do_not_without_the_flag(name, off):
    trick = TRICKS[name]

    def with_words(words: dict[str, Any]) -> dict[str, Any]:
        """What the first test has shown the flags to do, without composing again."""
        config = copy.deepcopy(off)
        for flag, value in words.items():
            config["hacks"][flag] = value
            for key in TRICKS[flag].reaches:
                *parents, last = key.split(".")
                node = config
                for parent in parents:
                    node = node[parent]
                node[last] = value
        return config

    others = {word.partition("=")[0][6:]: OmegaConf.from_dotlist([word])["hacks"] for word in trick.with_others}
    others = {flag: OmegaConf.to_container(node)[flag] for flag, node in others.items()}
    without, config = with_words(others), with_words(others | {name: trick.value})
    options_of(config)
    assert trick.shows(networks_of(config), config)
    assert not trick.shows(networks_of(without), without)


def test_with_every_trick_off_nothing_is_added(off):
    networks = networks_of(off)
    images = torch.randn(4, CHANNELS, SIZE, SIZE)
    assert not networks.terms
    assert not networks.needs_real
    assert networks.discriminator_input(images, 0.3) is images
    assert off["ema"] is None


# Every variant ----------------------------------------------------------------------------------------------------


def module_of(config: dict[str, Any], networks, labelled=None, known=None) -> GanModule:
    steps = config["critic_steps"] + config["extra_critic_steps"]
    return GanModule(
        networks,
        latent=instantiate(config["latent"]),
        pixels=PixelRange(config["normalise_images"]),
        optimizers=tuple(instantiate(config["optimizer"][part]) for part in ("generator", "discriminator")),
        schedule=instantiate(config["schedule"]),
        prepare=lambda batch, step: batch,
        measure=lambda images, labels: {},
        samples=0,
        class_share=torch.full((CLASSES,), 1 / CLASSES),
        seed=0,
        max_steps=2,
        critic_steps=steps,
        unrolled_steps=config["unrolled_steps"],
        ema=config["ema"],
        labelled=labelled,
        known=known,
    )


class Images(torch.utils.data.IterableDataset):
    """Random labelled batches, as `prepare` would give them."""

    def __init__(self, size: int):
        self.size = size

    def __iter__(self):
        for step in range(2):
            draw = torch.Generator().manual_seed(step)
            images = torch.rand(self.size, CHANNELS, SIZE, SIZE, generator=draw) * 2 - 1
            yield LabelledImages(images, torch.arange(self.size) % CLASSES, torch.arange(self.size))


@pytest.mark.filterwarnings("ignore:.*in eval mode at the start", "ignore:.*`validation_step`")
@pytest.mark.parametrize("name", PRESETS)
def test_every_variant_composes_builds_and_trains(name):
    config = compose([f"gan={name}"]).resolved
    options = options_of(config)
    assert options.gan.name == name
    config = small(config)
    size = 6 * (options.critic_steps + options.extra_critic_steps)
    labelled = known = None
    if options.known_labels:
        known = torch.arange(size) % 2 == 0
        labelled = next(iter(Images(8)))[:2]
    module = module_of(config, networks_of(config), labelled, known)
    before = {key: value.clone() for key, value in module.networks.named_parameters()}
    losses: list[float] = []
    module.record_losses = lambda **given: losses.extend(loss.item() for loss in given.values())  # type: ignore[method-assign]
    trainer = pl.Trainer(
        accelerator="cpu",
        max_epochs=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(module, torch.utils.data.DataLoader(Images(size), batch_size=None))
    assert module.step == 2
    assert len(losses) == 4
    assert torch.isfinite(torch.tensor(losses)).all()
    assert all(torch.isfinite(value).all() for value in module.networks.parameters())
    for player in ("generator", "discriminator"):
        moved = [
            not torch.equal(before[key], value) for key, value in module.networks.named_parameters() if player in key
        ]
        assert sum(moved) >= 0.75 * len(moved), player
    assert all(parameter.requires_grad for parameter in module.networks.parameters())
    z, labels = module.evaluation_latents(3, "grid")
    samples = module.images(z, labels)
    assert samples.shape == (3, CHANNELS, SIZE, SIZE)
    assert samples.dtype == torch.uint8


@pytest.mark.parametrize("name", PRESETS)
def test_every_variant_is_unrolled_or_refused(name):
    config = small(compose([f"gan={name}", "hacks.unrolled_steps=1"]).resolved)
    options, networks = options_of(config), networks_of(config)
    if name == "wgan":  # clips the weights
        with pytest.raises(BadInput, match="Clipping"):
            check_unrolling(options, networks, instantiate(options.latent), 6)
        return
    check_unrolling(options, networks, instantiate(options.latent), 6)
    gradients = [weight.grad for weight in networks.generator.parameters() if weight.grad is not None]
    assert gradients
    assert all(gradient.isfinite().all() for gradient in gradients)


def test_every_variant_is_a_short_file_of_choices():
    for file in (search_path.shipped() / "gan").glob("*.yaml"):
        lines = [line for line in Path(file).read_text().splitlines() if line and not line.startswith("#")]
        assert len(lines) <= 10, file.name


@pytest.mark.parametrize("name", sorted(file.stem for file in (search_path.shipped() / "hacks").glob("*.yaml")))
def test_every_preset_of_tricks_knows_the_flags_of_none_and_no_others(name):
    node = OmegaConf.to_container(OmegaConf.load(search_path.shipped() / "hacks" / f"{name}.yaml"))
    assert set(node) - {"defaults"} <= set(OFF)


# One step for all of them -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", [GanModule.training_step, GanModule.update])
def test_the_step_is_short_and_never_asks_which_gan_it_is(function):
    source = textwrap.dedent(inspect.getsource(function))
    assert len(source.splitlines()) <= 60
    compared = [
        part
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Compare)
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]
    assert not compared
    named = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    assert not named & {"isinstance", "type", "getattr", "hasattr"}
