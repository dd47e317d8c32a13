"""From checked words to a built training: the config has types, building leaves it as it was, and all of it exists."""

import copy

import pytest
import torch
from image_words import words

from artesano.backbones.weights import Weights
from artesano.config.compose import compose
from artesano.config.options import Monitor, WandbOptions
from artesano.errors import BadInput
from artesano.experiment.early_end import reached
from artesano.gan.phases import Phases
from artesano.kinds.adversarial.options import Conditioning, Variant
from artesano.kinds.registry import experiment_of, options_of

pytestmark = pytest.mark.slow

GAN = [
    "gan=cdcgan",
    "data.batch_size=4",
    "image_size=16",
    "generator.width=4",
    "discriminator.width=4",
    "max_steps=7",
    "logger.wandb.mode=disabled",
    "trainer=cpu",
]


def test_nodes_without_a_target_are_objects_and_those_with_one_stay_dicts():
    config = compose(["weights.source=none", "logger.wandb.tags=[a]", "data.batch_size=3"]).resolved
    options = options_of(config)
    assert options.monitor == Monitor("val/accuracy", "max")
    assert options.logger.wandb == WandbOptions(tags=["a"])
    assert options.weights == Weights(source="none")
    assert options.data["batch_size"] == 3
    assert options.trainer == config["trainer"]
    assert options.resolved == config
    gan = options_of(compose(["gan=acgan"]).resolved)
    assert gan.gan == Variant("acgan", "noise")
    assert gan.conditioning == Conditioning("concat", "classes")
    assert gan.optimizer.discriminator["_target_"].endswith("PlayerOptimizer")


def test_nodes_of_the_users_own_are_kept():
    own = {"_target_": "torch.nn.Identity"}
    options = options_of({**compose([]).resolved, "own": own})
    assert options.resolved["own"] == own
    assert not hasattr(options, "own")


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("monitor", {"nam": "x", "mode": "min"}, "monitor.nam: no such key; monitor has name, mode."),
        ("monitor", None, "monitor: null is not a mapping."),
        ("logger", {"wandb": {"mode": "auto", "projct": "x"}}, "logger.wandb.projct: no such key"),
        ("logger", {}, "logger.wandb: required; give a value."),
        ("weights", {"_target_": "torch.nn.ReLU"}, "weights._target_: no such key"),
        ("in_chans", None, "in_chans: null is not a whole number."),
    ],
)
def test_nodes_without_a_target_are_checked_by_their_class(key, value, line):
    with pytest.raises(BadInput) as caught:
        options_of(compose([]).resolved | {key: value})
    assert any(problem.startswith(line) for problem in caught.value.problems)


@pytest.fixture(params=["transfer", "gan", "srgan", "cyclegan"])
def built(request, tiny, tmp_path):
    """(the config as it was composed, the training)"""
    overrides = {"transfer": tiny, "gan": GAN}.get(request.param) or words(request.param, tmp_path)
    config = compose(overrides).resolved
    experiment = experiment_of(copy.deepcopy(config))
    experiment.check()
    return config, experiment.build()


def test_building_leaves_the_config_as_it_was_and_gives_all_of_a_training(built):
    config, training = built
    if "strategy" in config:  # what `auto` became is recorded
        assert config["strategy"].pop("norm_stats") == "auto"
        assert training.options.resolved["strategy"].pop("norm_stats") == "updated"  # there are no pretrained weights
    assert training.options.resolved == config
    assert 0 < training.eval_every <= training.max_steps == config["max_steps"]
    assert training.step == 0
    assert training.data.batch_size == config["data"]["batch_size"]
    assert training.monitor.name != "fd"
    assert all(monitor.name.startswith("val/") for monitor in training.phase_monitors.values())
    assert training.table().row_count > 0
    assert training.expected_seconds(torch.device("cpu")) > 0
    facts = training.facts()
    assert {"model", "data", "parameters"} <= facts.keys()
    assert set(facts["data"]["images"]) == {"train", "val", "test"}
    assert 0 < facts["parameters"]["trainable"] <= facts["parameters"]["total"]


def test_a_run_on_pixels_alone_is_timed_without_a_discriminator(tmp_path, monkeypatch):
    def asked(self, *arguments, **options):
        raise AssertionError("the pixel phase has none")

    training = experiment_of(compose([*words("srgan", tmp_path), "phases.pixel=1000"]).resolved).build()
    (discriminator,) = training.module.network.discriminators()
    monkeypatch.setattr(type(discriminator), "forward", asked)
    assert training.expected_seconds(torch.device("cpu")) > 0
    training.module.phases = Phases()
    with pytest.raises(AssertionError, match="the pixel phase has none"):
        training.expected_seconds(torch.device("cpu"))
    training.module.phases = Phases(pixel=50)
    monkeypatch.undo()
    training.max_steps = 100
    assert training.expected_seconds(torch.device("cpu")) > 0
    assert [begin for begin, _ in training.paces] == [0, 50]
    training.paces = [(0, 1.0), (50, 3.0)]
    assert [reached(training, share) for share in (0.25, 0.5, 0.625)] == [50, 66, 75]
