"""What a run changed is taken back: the value of its key in a run without that override."""

import pytest

from artesano.config.compose import compose
from artesano.doctor.own_changes import taken_back
from artesano.doctor.plan import remedies
from artesano.kinds.kind import Illness
from artesano.runs.record import flat


def known(*overrides):
    composed = compose(list(overrides))
    return {"overrides": composed.overrides, "choices": composed.choices, "config": flat(composed.resolved)}


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["gan=toy", "hacks.lr=0.05", "data.samples=400", "max_steps=7"], ["hacks.lr=0.0002"]),
        (["gan=toy", "hacks=mlp", "hacks.lr=0.05"], ["hacks=points", "hacks.lr=0.0005"]),
        (["gan=toy", "hacks.betas=[0.9,0.99]", "hacks.ema=null"], ["hacks.betas=[0.5,0.999]", "hacks.ema=0.999"]),
        (["gan=dcgan", "hacks.flip_generator_labels=false"], ["hacks.flip_generator_labels=true"]),
        (["gan=toy", "discriminator.hidden=[4]"], ["discriminator.hidden=[128,128,128]"]),
        (["gan=toy", "hacks.lr=0.0002", "seed=3"], []),
        (["gan=wgan", "critic_steps=1"], ["critic_steps=5"]),
    ],
)
def test_each_change_of_the_game_is_taken_back(overrides, words):
    record = known(*overrides)
    assert taken_back(record) == words
    for word in words:  # a run that has it is as one without the override
        name = word.partition("=")[0]
        rest = [one for one in record["overrides"] if not one.startswith(f"{name}=")]
        assert compose([*rest, word]).resolved == compose(rest).resolved


def test_an_override_that_others_need_stays():
    assert taken_back(known("gan=dcgan", "hacks.diffaugment=[color]", "hacks.ada=0.6")) == ["hacks.ada=null"]


@pytest.mark.parametrize(
    ("overrides", "tried"),
    [
        (["gan=toy"], [["hacks.r1=1.0"]]),
        (["gan=toy", "hacks.lr=0.05"], [["hacks.lr=0.0002"], ["hacks.r1=1.0"]]),
        (
            ["gan=toy", "hacks.lr=0.05", "hacks.ema=null"],
            [["hacks.lr=0.0002"], ["hacks.ema=0.999"], ["hacks.lr=0.0002", "hacks.ema=0.999"], ["hacks.r1=1.0"]],
        ),
        (
            ["gan=toy", "hacks=mlp", "hacks.lr=0.05", "hacks.ema=null"],
            [
                ["hacks=points"], ["hacks.lr=0.0005"], ["hacks.ema=0.999"], ["hacks.lr=0.0005", "hacks.ema=0.999"],
                ["hacks=points", "hacks.lr=0.0005", "hacks.ema=0.999"], ["hacks.r1=1.0"],
            ],
        ),
        (["gan=toy", "hacks=mlp", "hacks.lr=0.05"],
         [["hacks=points"], ["hacks.lr=0.0005"], ["hacks=points", "hacks.lr=0.0005"], ["hacks.r1=1.0"]]),
    ],
)  # fmt: skip
def test_changes_are_taken_back_one_by_one_and_together_before_the_advice(overrides, tried):
    assert remedies(known(*overrides), Illness("diverged", "", ["hacks.r1=1.0"], 7, True)) == tried
