import functools
import os

import pytest
import torch
from torch import nn

from artesano.config.targets import check_targets, instantiate, load_plain, resolve
from artesano.errors import BadInput


@pytest.mark.parametrize(
    "path",
    [
        "torch.nn.Linear",
        "torch.nn.functional.relu",
        "torch.optim.AdamW",
        "torch.optim.lr_scheduler.StepLR",
        "timm.create_model",
        "timm.optim.Lion",
        "torchmetrics.classification.MulticlassAccuracy",
        "artesano.training.schedules.Cosine",
    ],
)
def test_allowed(path):
    assert callable(resolve(path))


@pytest.mark.parametrize(
    "path",
    [
        "os.system",
        "builtins.eval",
        "subprocess.Popen",
        "torch.load",
        "torch.hub.load",
        "torch.save",
        "pandas.read_pickle",
        "pytorch_lightning.Trainer",
        "torch.nn.modules.module.torch.load",
        "torch.nn.modules.module.torch.hub.load",
        "torch.optim.optimizer.functools.partial",
        "torch.nn.modules.module.functools.partial",
        "timm.models._helpers.os.system",
        "timm.models._helpers.load_state_dict",
        "timm.models._hub.load_state_dict_from_hf",
        "timm.create_model.__class__",
        "timm.create_model.__globals__",
        "torch.nn.Linear.__init__",
        "torch.nn.Linear.__subclasses__",
        "torch.nn.Linear.__module__",
        "torch.nn",
        "torch.nnx.Linear",
        "timmy.Evil",
        "artesano",
        "artesano.cli.main",
        "artesano.experiment.launcher.cores",
        "artesano.experiment.start.subprocess.Popen",
        "artesano.config.targets.importlib.import_module",
        "artesano_evil.Thing",
        ".os.system",
        "",
        None,
        3,
        ["torch.nn.Linear"],
    ],
)
def test_refused(path):
    with pytest.raises(BadInput, match="not allowed"):
        resolve(path)


def test_what_is_not_there_gets_the_nearest_name():
    with pytest.raises(BadInput, match=r"torch\.nn\.Linaer does not exist\. Did you mean 'Linear'"):
        resolve("torch.nn.Linaer")
    with pytest.raises(BadInput, match="does not exist"):
        resolve("artesano.nothing.Here")


def test_packages_of_the_user(tmp_path, monkeypatch):
    (tmp_path / "minepkg.py").write_text("class Net:\n    pass\n\ndef make():\n    return 7\n\nfrom os import system\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(BadInput, match="ARTESANO_PLUGINS"):
        resolve("minepkg.make")
    monkeypatch.setenv("ARTESANO_PLUGINS", "other, minepkg")
    assert resolve("minepkg.make")() == 7
    with pytest.raises(BadInput, match="leads to"):
        resolve("minepkg.system")
    with pytest.raises(BadInput, match="cannot be imported"):
        resolve("other.Thing")


def test_every_forbidden_target_is_named_with_its_key():
    config = {
        "loss": {"_target_": "os.system"},
        "terms": [{"_target_": "torch.nn.Linear"}, {"inner": {"_target_": "torch.load"}}],
    }
    with pytest.raises(BadInput) as caught:
        check_targets(config)
    assert [problem.split(" ")[:2] for problem in caught.value.problems] == [
        ["loss._target_:", "os.system"],
        ["terms.1.inner._target_:", "torch.load"],
    ]


def test_instantiate_builds_inner_nodes_first_and_refuses_before_it_builds_any(tmp_path):
    net = instantiate(
        {
            "_target_": "torch.nn.Sequential",
            "_args_": [
                {"_target_": "torch.nn.Linear", "in_features": 2, "out_features": 3},
                {"_target_": "torch.nn.ReLU"},
            ],
        }
    )
    assert net(torch.zeros(1, 2)).shape == (1, 3)
    made = tmp_path / "made"
    with pytest.raises(BadInput):
        instantiate({"_target_": "torch.nn.Sequential", "_args_": [{"_target_": "os.mkdir", "path": str(made)}]})
    assert not made.exists()
    with pytest.raises(BadInput):
        instantiate({"in_features": 2})


def test_partial_and_keywords():
    made = instantiate({"_target_": "torch.optim.SGD", "_partial_": True, "lr": 0.1}, lr=0.5)
    assert isinstance(made, functools.partial)
    assert made(nn.Linear(1, 1).parameters()).param_groups[0]["lr"] == 0.5


def test_values_are_not_interpolated_again(monkeypatch):
    monkeypatch.setenv("SECRET", "hunter2")
    made = instantiate({"_target_": "torch.optim.SGD", "_partial_": True, "name": "${oc.env:SECRET}", "list": [1, [2]]})
    assert made.keywords == {"name": "${oc.env:SECRET}", "list": [1, [2]]}
    assert type(made.keywords["list"]) is list


def test_load_plain(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text("a: 1e-3\nb: {c: [1, null, 'x']}\n")
    assert load_plain(file) == {"a": 0.001, "b": {"c": [1, None, "x"]}}
    file.write_text("a: ${oc.env:HOME}\nb: [{c: '${a}'}]\nd: x\n")
    with pytest.raises(BadInput) as caught:
        load_plain(file)
    assert [problem.split(" ")[1] for problem in caught.value.problems] == ["a", "b.0.c"]
    for text in ("a: !!python/object/apply:os.system ['true']\n", "a: [1\n", "[1, 2]\n", "a: 1\na: 2\n"):
        file.write_text(text)
        with pytest.raises(BadInput, match=r"config\.yaml"):
            load_plain(file)
    with pytest.raises(BadInput):
        load_plain(os.path.join(tmp_path, "none.yaml"))
