"""A trick that cannot act is refused, in one line that names the options that do not use it and those that do."""

import pytest
from omegaconf import OmegaConf

from artesano.config import search_path
from artesano.config.compose import compose
from artesano.config.idle_ablation import preset
from artesano.config.unread_hacks import readings
from artesano.errors import BadInput


def refused(*words: str) -> list[str]:
    with pytest.raises(BadInput) as caught:
        compose(list(words))
    return caught.value.problems


def test_smoothing_with_wasserstein_names_the_loss_and_the_losses_that_read_it():
    (problem,) = refused("gan=wgan", "hacks.real_label=0.9")
    assert problem == (
        "hacks.real_label=0.9: not used by gan=wgan (loss=wasserstein does not use it; "
        "used by loss=bce, least_squares); leave it at 1.0."
    )


@pytest.mark.parametrize(
    ("words", "ignores"),
    [
        (["gan=wgan_gp", "hacks.flip_generator_labels=true"], "loss=wasserstein does not use it"),
        (["gan=sngan", "hacks.label_flip=0.1"], "loss=hinge does not use it"),
        (["gan=began", "hacks.fake_label=0.1"], "loss=began does not use it"),
        (["gan=vanilla", "hacks.downsample=strided"], "discriminator=mlp does not use it"),
        (["gan=vanilla", "hacks.upsample=transposed"], "generator=mlp does not use it"),
        (["gan=r3gan", "hacks.generator_norm=batch"], "generator=r3 does not use it"),
        (["gan=began", "hacks.minibatch=stddev"], "discriminator=autoencoder does not use it"),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else "",
)
def test_each_kind_of_reader(words, ignores):
    (problem,) = refused(*words)
    assert problem.startswith(f"{words[1]}".split("=")[0])
    assert f"by {words[0]} " in problem
    assert ignores in problem


def test_a_preset_that_cannot_act_names_every_flag_and_where_it_comes_from():
    problems = refused("gan=wgan", "hacks=lecture")
    names = {problem.split("=")[0] for problem in problems}
    assert names == {"hacks.flip_generator_labels", "hacks.real_label", "hacks.fake_label"}
    assert all("it comes from hacks=lecture" in problem for problem in problems)


def test_a_preset_may_be_used_with_the_flags_that_cannot_act_set_back():
    words = ["hacks.flip_generator_labels=false", "hacks.real_label=1.0", "hacks.fake_label=0"]
    composed = compose(["gan=wgan", "hacks=lecture", *words])
    assert composed.choices["hacks"] == "lecture"
    assert composed.resolved["hacks"]["output"] == "tanh"


def test_a_flag_at_its_off_value_is_never_in_the_way():
    compose(["gan=wgan", "hacks.real_label=1.0", "hacks.label_flip=0"])


def test_another_composition_decides_not_the_name_of_the_gan():
    compose(["gan=wgan", "loss=bce", "hacks.real_label=0.9"])
    (problem,) = refused("gan=dcgan", "hacks=critic", "loss=hinge", "hacks.real_label=0.9")
    assert "loss=hinge does not use it" in problem


def test_a_task_without_tricks_is_left_alone():
    compose(["task=transfer"])


def test_every_flag_is_read_by_some_yaml_and_every_reading_is_a_flag():
    flags = set(OmegaConf.load(search_path.shipped() / "hacks" / "none.yaml"))
    files = [file for file in search_path.shipped().glob("*/*.yaml") if file.parent.name not in ("hacks", "ablate")]
    read = {name for file in files for name in readings(OmegaConf.to_container(OmegaConf.load(file)))}
    assert read == flags


@pytest.mark.parametrize("gan", ["dcgan", "cdcgan"])
def test_an_ablation_that_changes_nothing_is_refused(gan):
    (problem,) = refused(f"gan={gan}", "hacks=best", "ablate=activation")
    assert problem.startswith(
        "ablate=activation: it changes nothing, since hacks=best has hacks.activation=relu already"
    )
    compose([f"gan={gan}", "hacks=best", "ablate=output"])


@pytest.mark.parametrize("file", sorted((search_path.shipped() / "ablate").glob("*.yaml")), ids=lambda file: file.stem)
def test_every_ablation_changes_the_lecture(file):
    compose(["gan=dcgan", "hacks=lecture", f"ablate={file.stem}"])


def test_a_preset_holds_the_flags_of_those_it_comes_from():
    for name in ("best", "penalty", "ganhacks"):
        composed = compose(["gan=dcgan", f"hacks={name}"]).resolved["hacks"]
        assert preset(name) == composed


def test_an_ablation_of_ones_own_that_changes_other_things_is_not_idle(tmp_path, monkeypatch):
    (tmp_path / "configs" / "ablate").mkdir(parents=True)
    (tmp_path / "configs" / "ablate" / "mine.yaml").write_text("# @package _global_\ncritic_steps: 2\n")
    monkeypatch.chdir(tmp_path)
    assert compose(["gan=dcgan", "ablate=mine"]).resolved["critic_steps"] == 2
