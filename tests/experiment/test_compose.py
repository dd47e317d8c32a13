"""Composition: who beats whom, and the layout that later tasks build on (a GAN's variants stand in for them)."""

import os
import subprocess
import sys

import pytest
from omegaconf import DictConfig

from artesano.config.compose import compose
from artesano.config.option_tables import groups
from artesano.errors import BadInput

pytestmark = pytest.mark.slow

FILES = {
    "task/gan.yaml": """# @package _global_
        defaults:
          - _self_
          - /data: mnist5k
          - /hacks: lecture
          - /generator: dcgan
          - /loss: bce
          - /optimizer@optimizer.generator: adam_gan
          - /optimizer@optimizer.discriminator: adam_gan
          - /gan: dcgan
        task: gan
        image_size: 32""",
    "gan/dcgan.yaml": "name: dcgan",
    "gan/wgan.yaml": """# @package _global_
        defaults: [override /loss: wasserstein, override /hacks: none, _self_]
        gan: {name: wgan}""",
    "gan/pix2pix.yaml": """# @package _global_
        defaults: [override /data: folder, override /generator: unet, _self_]
        image_size: 64
        gan: {name: pix2pix}""",
    "hacks/none.yaml": "output: null\nlr: 0.001",
    "hacks/lecture.yaml": "defaults: [none, _self_]\noutput: tanh",
    "generator/dcgan.yaml": "width: 32\noutput: ${hacks.output}",
    "generator/unet.yaml": "width: 16\noutput: ${hacks.output}",
    "loss/bce.yaml": "name: bce",
    "loss/wasserstein.yaml": "name: wasserstein",
    "optimizer/adam_gan.yaml": "_target_: torch.optim.Adam\n_partial_: true\nlr: ${hacks.lr}",
    "strategy/freeze.yaml": "_target_: artesano.transfer.strategies.Freeze\ncache: false\nhead_lr: 7.0",
    "experiment/wide.yaml": """# @package _global_
        defaults: [override /task: gan, override /gan: pix2pix, override /hacks: none, _self_]
        generator: {width: 64}
        seed: 5""",
    "experiment/grid.yaml": """# @package _global_
        defaults: [override /task: gan, _self_]
        hydra: {mode: MULTIRUN, sweeper: {params: {generator: "dcgan,unet", seed: "0,1,2"}}}""",
}


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A project with its own ./configs."""
    for name, text in FILES.items():
        file = tmp_path / "configs" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = text.splitlines()
        indent = min((len(line) - len(line.lstrip()) for line in lines[1:]), default=0)
        file.write_text("\n".join([lines[0], *(line[indent:] for line in lines[1:])]))
    monkeypatch.chdir(tmp_path)


def test_what_a_composition_holds():
    composed = compose(["strategy=partial", "strategy.groups=3"])
    assert isinstance(composed.config, DictConfig)
    assert "hydra" not in composed.config
    assert composed.resolved["strategy"]["groups"] == 3
    assert composed.choices["strategy"] == "partial"
    assert "experiment" not in composed.choices
    assert not any("hydra" in group for group in composed.choices)
    assert composed.overrides == ["strategy=partial", "strategy.groups=3"]
    assert composed.multirun is False


@pytest.mark.parametrize("group", ["task", "trainer", "logger", "experiment"])  # the others: test_schema.py
def test_every_choice_composes(group):
    for choice in groups()[group]:
        assert compose([f"{group}={choice}", "hydra.mode=RUN"]).choices[group] == choice


def test_a_foreign_class_takes_more_arguments_without_plus():
    overrides = ["optimizer.amsgrad=true", "trainer.max_time='00:01:00'", "backbone_args.drop_path_rate=0.1"]
    resolved = compose(overrides).resolved
    assert resolved["optimizer"]["amsgrad"] is True
    assert resolved["trainer"]["max_time"] == "00:01:00"
    assert resolved["backbone_args"] == {"drop_path_rate": 0.1}
    assert compose([f"+{word}" for word in overrides]).resolved == resolved
    assert compose(["+seed=3"]).resolved["seed"] == 3


@pytest.mark.usefixtures("own")
def test_own_configs_come_first():
    composed = compose([])
    assert composed.resolved["strategy"] == {
        "_target_": "artesano.transfer.strategies.Freeze",
        "cache": False,
        "head_lr": 7.0,
    }
    assert composed.choices["head"] == "linear"


@pytest.mark.usefixtures("own")
def test_bundle_beats_task_experiment_beats_bundle_command_line_beats_all():
    assert compose(["gan=dcgan"]).resolved["image_size"] == 32
    assert compose(["gan=pix2pix", "data.root=/x"]).resolved["image_size"] == 64
    wide = compose(["experiment=wide", "data.root=/x"])
    assert wide.choices["gan"] == "pix2pix"
    assert wide.resolved["hacks"]["output"] is None
    assert (wide.resolved["generator"]["width"], wide.resolved["seed"]) == (64, 5)
    line = compose(["experiment=wide", "generator.width=8", "seed=1", "hacks=lecture", "data=mnist5k", "image_size=48"])
    assert (line.resolved["generator"]["width"], line.resolved["seed"]) == (8, 1)
    assert line.resolved["generator"]["output"] == "tanh"
    assert line.choices["data"] == "mnist5k"
    assert line.resolved["image_size"] == 48


@pytest.mark.usefixtures("own")
def test_a_bundle_overrides_groups_whatever_the_order_of_the_words():
    first = compose(["gan=wgan", "hacks.output=tanh"])
    assert first.choices["loss"] == "wasserstein"
    assert first.resolved["loss"]["name"] == "wasserstein"
    assert first.resolved["generator"]["output"] == "tanh"
    swapped = compose(["hacks=lecture", "gan=wgan", "generator=unet"])
    assert swapped.choices["hacks"] == "lecture"
    assert swapped.resolved["generator"]["width"] == 16
    assert swapped.resolved["gan"] == {"name": "wgan"}


@pytest.mark.usefixtures("own")
def test_one_group_in_two_places():
    composed = compose(["gan=dcgan", "optimizer.generator.lr=1", "optimizer.discriminator.amsgrad=true"])
    assert composed.resolved["optimizer"]["generator"]["lr"] == 1
    assert composed.resolved["optimizer"]["discriminator"]["lr"] == 0.001
    assert composed.resolved["optimizer"]["discriminator"]["amsgrad"] is True
    assert composed.choices["optimizer@optimizer.generator"] == "adam_gan"


@pytest.mark.usefixtures("own")
def test_an_experiment_may_ask_for_a_grid():
    assert compose(["experiment=grid"]).multirun is True
    assert compose(["experiment=grid", "hydra.mode=RUN"]).multirun is False


def test_broken_yaml_is_bad_input(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs" / "experiment").mkdir(parents=True)
    (tmp_path / "configs" / "experiment" / "broken.yaml").write_text("# @package _global_\nseed: [1\n")
    with pytest.raises(BadInput, match=r"broken\.yaml"):
        compose(["experiment=broken"])
    (tmp_path / "configs" / "experiment" / "lost.yaml").write_text("# @package _global_\nseed: ${nothing.there}\n")
    with pytest.raises(BadInput, match=r"nothing\.there"):
        compose(["experiment=lost"])


def test_hydra_writes_nothing_and_torch_stays_out(tmp_path):
    code = "import sys; from artesano.config.compose import compose; compose([]); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False).returncode == 0
    assert os.listdir(tmp_path) == []


def test_a_key_that_is_added_to_a_file_in_between_is_seen(tmp_path, monkeypatch):
    """As in a notebook: what has been composed before must not be remembered longer than the YAML stays as it is."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "configs" / "experiment" / "mine.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("# @package _global_\nseed: 1\n")
    assert compose(["experiment=mine", "max_steps=9"]).resolved["seed"] == 1
    with pytest.raises(BadInput, match="grid_note"):
        compose(["experiment=mine", "grid_note=b"])
    file.write_text("# @package _global_\nseed: 2\ngrid_note: a\n")
    config = compose(["experiment=mine", "grid_note=b"]).resolved
    assert (config["seed"], config["grid_note"]) == (2, "b")
