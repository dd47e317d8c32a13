"""Search spaces: every one of ours can be drawn from, and one that makes no sense is refused with its key."""

import pytest
import yaml

from artesano.config import search_path
from artesano.config.compose import compose
from artesano.config.former_names import warn_of
from artesano.errors import BadInput
from artesano.sweep.objectives import fitting
from artesano.sweep.options import SweepOptions
from artesano.sweep.space import load_space
from artesano.sweep.worker import text

OURS = sorted(path.stem for path in (search_path.shipped() / "sweep").glob("*.yaml"))


def written(tmp_path, **changes):
    content = {"objectives": {"val/accuracy": "max"}, "space": {"optimizer.lr": {"low": 0.1, "high": 1.0}}} | changes
    path = tmp_path / "space.yaml"
    path.write_text(yaml.safe_dump(content))
    return str(path)


@pytest.mark.parametrize("name", OURS)
def test_the_ends_of_every_space_of_ours_compose(name):
    space = load_space(name, {})
    for end in (0, -1):
        ends = [
            f"{key}={text(node[end] if isinstance(node, list) else (node.low, node.high)[end])}"
            for key, node in space.space.items()
        ]
        compose([*space.overrides, *ends])
    assert space.distributions().keys() == space.space.keys()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"space": {"optimizer.lr": {"low": 2.0, "high": 1.0}}}, "space.optimizer.lr: low=2.0 must lie below high=1.0"),
        ({"space": {"optimizer.lr": 0.1}}, "space.optimizer.lr: 0.1 is neither a list of values nor low and high"),
        ({"overrides": "task=transfer"}, "overrides: must be a valid list"),
        ({"space": {"strategy": []}}, "space.strategy: an empty list"),
        ({"space": {}}, "space"),
        ({"space": {"optimizer.lr": {"low": 0, "high": 1, "log": True}}}, "log needs low above 0"),
        ({"space": {"optimizer.lr": {"lo": 0, "high": 1}}}, "lo"),
        ({"objectives": {"a": "max", "b": "min"}, "pruner": "median"}, "several objectives"),
        ({"objectives": {"a": "up"}}, "objectives.a"),
        ({"sampler": "grid"}, "space.optimizer.lr: a grid needs a list"),
        ({"samplr": "tpe"}, "samplr"),
    ],
)
def test_a_space_that_makes_no_sense(tmp_path, changes, words):
    with pytest.raises(BadInput) as caught:
        load_space(written(tmp_path, **changes), {})
    assert words in str(caught.value)
    assert "space.yaml" in str(caught.value)


def test_an_unknown_space_has_a_neighbour():
    with pytest.raises(BadInput, match=r"Did you mean 'transfer'"):
        load_space("transfr", {})


def test_a_grid_has_all_its_values(tmp_path):
    space = load_space(written(tmp_path, sampler="grid", space={"a": {"low": 1, "high": 7, "step": 2}, "b": ["x"]}), {})
    assert space.grid_values("a") == [1, 3, 5, 7]


def test_numbers_that_are_none():
    with pytest.raises(BadInput) as caught:
        SweepOptions.of(["sweep=transfer", "n_trials=0", "workers=two", "hours=-1", "launcher.cpu=2", "fresh=1"])
    assert len(caught.value.problems) == 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["launcher=slrum"], "no such launcher; accepted: local, ray, slurm. Did you mean 'slurm'?"),
        (["sweep.launcher=ray", "launcher.cpu=2"], "launcher.cpu: launcher=ray takes cpus, gpus. Did you mean 'cpus'?"),
        (
            ["launcher=slurm", "launcher.partition=gpu"],
            "launcher.minutes: the minutes that a Slurm job may run are required",
        ),
        (["launcher=ray", "launcher.cpus=0"], "launcher.cpus=0: give a whole number above 0."),
        (["launcher=local", "launcher.gpus=1"], "no options"),
    ],
)
def test_options_of_the_launcher(arguments, message):
    with pytest.raises(BadInput) as caught:
        SweepOptions.of(["sweep=transfer", *arguments])
    assert message in str(caught.value)


def test_options_of_the_launcher_are_kept_from_the_trials():
    arguments = ["sweep=transfer", "launcher=ray", "launcher.cpus=2", "launcher.gpus=0", "storage=postgresql://a:b@c/d"]
    assert not SweepOptions.of(arguments).fresh
    options = SweepOptions.of([*arguments, "sweep.fresh=true", "max_steps=9"])
    assert options.fresh
    assert options.launcher_options == {"cpus": 2, "gpus": 0}
    assert options.overrides == ["max_steps=9"]
    assert not any("a:b" in argument for argument in options.arguments)


def test_the_former_name_of_the_overrides_is_accepted(tmp_path, caplog):
    warn_of.cache_clear()
    path = tmp_path / "mine.yaml"
    path.write_text("words: [task=transfer]\nobjectives: {val/accuracy: max}\nspace: {strategy: [freeze, full]}\n")
    assert load_space(str(path), {}).overrides == ["task=transfer"]
    assert "is now called overrides" in caplog.text


def test_images_with_several_labels_are_judged_by_mean_average_precision(tmp_path):
    space, words = load_space("transfer", {}), ["task=transfer", "data=csv", "data.file=labels.csv"]
    one = compose(words).resolved
    for several in ("data.label_separator=;", "data.label_columns=[cat,dog]"):
        config = compose([*words, several]).resolved
        assert fitting(space, config) == space.model_copy(update={"objectives": {"val/map": "max"}})
        other = load_space(written(tmp_path, objectives={"val/ece": "min", "val/nll": "min"}), {})
        with pytest.raises(BadInput, match=r"^objectives\.val/ece: .* val/map"):
            fitting(other, config)
    assert fitting(space, one) is space
