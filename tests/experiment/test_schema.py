import inspect
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from artesano.config.compose import compose
from artesano.config.option_tables import groups
from artesano.config.schema import check_signature, check_types, hints_of
from artesano.config.targets import resolve, targets
from artesano.errors import BadInput
from artesano.kinds.registry import of_config, options_of

pytestmark = pytest.mark.slow


def problems(*words):
    with pytest.raises(BadInput) as caught:
        options_of(compose(list(words)).resolved)
    return caught.value.problems


def test_the_defaults_pass():
    options_of(compose([]).resolved)
    options_of(compose(["strategy=partial", "strategy.groups=0.3", "optimizer.lr=1", "image_size=64"]).resolved)


def test_all_problems_in_one_message():
    lines = problems(
        "strategy=partial",
        "optimizer.lr=abc",
        "strategy.groups=-1",
        "data.fraction=0",
        "data.augment=ligt",
        "optimizer.amsgra=true",
        "seed=-1",
        "max_steps=1.5",
        "trainer.max_steps=3",
        "trainer.devces=2",
        "channels_last=maybe",
        "logger.wandb.mode=of",
        "weights.source=web",
        "monitor.mode=up",
    )
    text = "\n".join(lines)
    assert len(lines) == 13
    for line in (
        "optimizer.lr: 'abc' is not a number.",
        "strategy.groups: -1 must be greater than",
        "data.fraction: 0 must be greater than 0.",
        "data.augment: 'ligt' is not none, light, strong, auto. Did you mean 'light'?",
        "Did you mean 'amsgrad'?",
        "seed: -1 must be greater than or equal to 0.",
        "max_steps: 1.5 is not a whole number.",
        "trainer.max_steps: this argument of Lightning's Trainer cannot be set; use max_steps.",
        "trainer.devces: no such key. Did you mean 'devices'?",
        "channels_last: 'maybe' is not auto or true or false.",
        "logger.wandb.mode: 'of' is not auto, online, offline, disabled.",
        "weights.source: 'web' is not package, hub, file, run, none.",
        "monitor.mode: 'up' is not min, max.",
    ):
        assert line in text


def test_what_only_the_class_or_the_machine_knows():
    assert problems("optimizer.lr=-1") == ["optimizer: AdamW raised an error: Invalid learning rate: -1."]
    assert "trainer: Lightning does not accept these arguments" in problems("trainer.accelerator=abacus")[0]
    assert "cannot be set; use max_steps=2" in problems("trainer.fast_dev_run=true")[0]


def test_an_experiment_file_cannot_smuggle_a_key(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs" / "experiment").mkdir(parents=True)
    (tmp_path / "configs" / "experiment" / "mine.yaml").write_text(
        "# @package _global_\nmax_step: 3\nstrategy: {grops: 2}\nlogger: {csv: 1}\nhead: {_target_: os.system}\n"
    )
    text = "\n".join(problems("experiment=mine"))
    assert "max_step: no such key. Did you mean 'max_steps'" in text
    assert "strategy.grops: no such key" in text
    assert "logger.csv: no such key" in text
    assert "head._target_: os.system is not allowed" in text


def test_a_missing_node_and_an_unknown_task():
    config = compose([]).resolved
    del config["data"]
    with pytest.raises(BadInput, match="data: required"):
        options_of(config)
    with pytest.raises(BadInput, match=r"task: 'transfr' is not transfer or gan\. Did you mean 'transfer'"):
        options_of({**config, "task": "transfr"})


@dataclass
class Inner:
    deep: int = 1


class Example:
    def __init__(
        self,
        *,
        needed: str,
        rate: Annotated[float, Field(gt=0)] = 1.0,
        size: int | tuple[int, int] = 3,
        way: Literal["a", "b"] | None = None,
        free=None,
        table: dict[str, int] | None = None,
        inner: Inner | None = None,
        copy: bool = False,
    ):
        pass


class Open(Example):
    def __init__(self, needed: int, **rest: Any):
        pass


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"needed": "x"}, []),
        (
            {
                "needed": "x",
                "rate": 1,
                "size": [1, 2],
                "way": "a",
                "free": [{}],
                "table": {"a": 1},
                "inner": {"deep": 2},
            },
            [],
        ),
        ({}, ["k.needed: required; give a value."]),
        ({"needed": 1}, ["k.needed: 1 is not text."]),
        ({"needed": "x", "rate": "1"}, ["k.rate: '1' is not a number."]),
        ({"needed": "x", "rate": True}, ["k.rate: true is not a number."]),
        ({"needed": "x", "rate": None}, ["k.rate: null is not a number."]),
        ({"needed": "x", "rate": 0}, ["k.rate: 0 must be greater than 0."]),
        ({"needed": "x", "size": "big"}, ["k.size: 'big' is not a whole number or a list."]),
        ({"needed": "x", "way": "c"}, ["k.way: 'c' is not a, b."]),
        ({"needed": "x", "copy": 1}, ["k.copy: 1 is not true or false."]),
        ({"needed": "x", "table": {"a": "b"}}, ["k.table.a: 'b' is not a whole number."]),
        ({"needed": "x", "inner": {"deep": "b"}}, ["k.inner.deep: 'b' is not a whole number."]),
    ],
)
def test_signatures(values, said):
    assert check_signature(Example, values, "k") == said


def test_an_open_signature_and_what_code_will_fill_in():
    assert check_signature(Open, {"needed": 1, "more": 2}, "k") == []
    assert check_signature(Example, {"rate": 2.0}, "k", complete=False) == []
    unknown = check_signature(Example, {"rat": 2.0}, "k", complete=False)[0]
    assert "Did you mean 'rate'?" in unknown
    assert "needed" not in unknown
    assert check_signature(Example, {"needed": {"_target_": "torch.nn.ReLU"}}, "k") == []


def every_node():
    for group, choices in groups().items():
        if group not in ("task", "experiment", "trainer", "logger", "gan", "ablate", "sweep"):
            yield from ((group, choice) for choice in choices)


SUPPLIED = {"code_dim"}  # has a default, and is given by code, never by YAML

OF_ORIGINALS = {  # networks that others publish know one value of these
    "msrresnet": ["hacks.upsample=pixel_shuffle"],
    "pix2pix_resnet": ["hacks.output=tanh", "hacks.upsample=transposed"],
    "pix2pix_unet": ["hacks.output=tanh", "hacks.upsample=transposed"],
}


def words_for(group, choice):
    """Words that choose it in a task which has that group, with nothing that it could leave unread."""
    if group == "player":
        return ["task=gan", f"player@optimizer.generator={choice}"]
    if group in ("data", "strategy", "head", "optimizer", "schedule", "multilabel"):
        return [f"{group}={choice}"]
    if group == "adapt":
        return [f"adapt={choice}", "adapt.data=mnist5k"]
    if group in ("degradation", "image_to_image", "phases"):
        return ["gan=srgan", f"{group}={choice}"]
    return [
        "task=gan",
        f"{group}={choice}",
        *(["hacks=none"] if group != "hacks" else []),
        *OF_ORIGINALS.get(choice, []),
    ]


@pytest.mark.parametrize(("group", "choice"), list(every_node()))
def test_every_choice_of_ours_lists_its_options_annotated(group, choice):
    required = {"data.root": "/x", "data.file": "/x", "data.name": "folder/x"}
    try:
        config = compose(words_for(group, choice)).resolved
    except BadInput as error:
        words = [f"{key}={value}" for key, value in required.items() if any(key in line for line in error.problems)]
        config = compose([*words_for(group, choice), *words]).resolved
    check_types(config, of_config(config).options)
    for _, node in targets(config["optimizer" if group == "player" else group]):
        if not node["_target_"].startswith("artesano."):
            continue
        target = resolve(node["_target_"])
        parameters = inspect.signature(target).parameters
        optional = {name for name, parameter in parameters.items() if parameter.default is not parameter.empty}
        optional -= SUPPLIED
        listed = {name for name in node if not name.startswith("_")}
        assert optional <= listed, f"{group}={choice} does not list {optional - listed}"
        assert listed <= set(hints_of(target)), (
            f"{node['_target_']}: {listed - set(hints_of(target))} have no annotation"
        )
