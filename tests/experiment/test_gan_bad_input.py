"""What a GAN cannot be asked: one clear line each, before anything is written."""

import numpy as np
import pytest
from PIL import Image

import artesano
from artesano.errors import BadInput

pytestmark = pytest.mark.slow


def folder(root, count, *, grey=False, classes=()):
    """`count` random images of 16 px in each class, or flat."""
    random = np.random.default_rng(0)
    for place in [root / name for name in classes] or [root]:
        place.mkdir(parents=True)
        for number in range(count):
            pixels = random.integers(0, 255, (16, 16) if grey else (16, 16, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(place / f"{number:03}.png")
    return root


@pytest.fixture(scope="module")
def colour(tmp_path_factory):
    return folder(tmp_path_factory.mktemp("gan") / "colour", 16, classes=("a", "b"))


@pytest.fixture(scope="module")
def unlabelled(tmp_path_factory):
    return folder(tmp_path_factory.mktemp("gan") / "flat", 32)


@pytest.fixture(scope="module")
def grey(tmp_path_factory):
    return folder(tmp_path_factory.mktemp("gan") / "grey", 16, grey=True, classes=("a", "b"))


@pytest.fixture
def refused(outputs):
    def refused(root, *words: str) -> str:
        """The one line that the words are refused with."""
        common = ["task=gan", "data=folder", f"data.root={root}", "data.batch_size=8", "image_size=16"]
        common += ["evaluation=none", "max_steps=2", "trainer=cpu", "logger.wandb.mode=disabled"]
        given = {word.partition("=")[0] for word in words}
        with pytest.raises(BadInput) as caught:
            artesano.train(*(word for word in common if word.partition("=")[0] not in given), *words)
        assert len(caught.value.problems) == 1, caught.value.problems
        assert not outputs.exists()
        return caught.value.problems[0]

    return refused


def test_the_cases_below_are_refused_for_the_reason_they_give(colour, outputs):
    words = ["task=gan", "data=folder", f"data.root={colour}", "data.batch_size=8", "image_size=16", "evaluation=none"]
    artesano.train(*words, "generator.width=4", "discriminator.width=4", "trainer=cpu", "dry_run=true")


@pytest.mark.parametrize("gan", ["cdcgan", "cgan", "acgan", "projection", "semi_supervised"])
def test_conditional_on_images_without_labels(refused, unlabelled, gan):
    message = refused(unlabelled, f"gan={gan}")
    assert "class" in message
    assert str(unlabelled) in message


def test_too_few_images(refused, tmp_path):
    message = refused(folder(tmp_path / "three", 3))
    assert str(tmp_path / "three") in message
    assert "images" in message


def test_too_few_images_to_be_measured_is_known_before_training(refused, unlabelled):
    message = refused(unlabelled, "evaluation=fast")
    assert "real images are too few to compare distributions" in message
    assert "evaluation=none" in message


def test_too_few_images_for_the_critics_steps_names_both_numbers(refused, unlabelled):
    message = refused(unlabelled, "gan=wgan")
    assert "one step needs 40 (data.batch_size=8 x 5 critic steps)" in message


@pytest.mark.parametrize("gan", ["dcgan", "sngan", "r3gan", "began"])
def test_a_size_that_the_network_cannot_make_names_the_nearest_ones(refused, colour, gan):
    extra = ["critic_steps=1"] if gan == "sngan" else []
    message = refused(colour, f"gan={gan}", "image_size=33", *extra)
    assert message.startswith("image_size")
    assert "33" in message
    assert "Nearest: 32." in message


def test_colour_where_grey_was_asked_for_and_the_other_way_round(refused, colour, grey):
    assert "in_chans=1" in (message := refused(colour, "in_chans=1"))
    assert "are colour" in message
    assert "in_chans=3" in (message := refused(grey, "in_chans=3"))
    assert "are grey" in message


def test_scarce_labels_that_the_networks_get_as_input(refused, colour):
    message = refused(colour, "conditioning=concat", "known_labels=4")
    assert message.startswith("known_labels=4")
    assert "conditioning=classes" in message


@pytest.mark.parametrize(
    ("word", "instead"),
    [
        ("trainer.gradient_clip_val=1.0", "hacks.discriminator_norm=spectral"),
        ("trainer.gradient_clip_algorithm=norm", "not clipped"),
        ("trainer.accumulate_grad_batches=4", "data.batch_size"),
        ("data.mixup=0.2", "hacks.diffaugment"),
        ("data.cutmix=1.0", "hacks.diffaugment"),
    ],
)
def test_what_classifiers_have_and_gans_have_not(refused, colour, word, instead):
    message = refused(colour, word)
    assert message.startswith(word)
    assert instead in message


def test_ada_with_nothing_to_adapt(refused, colour):
    message = refused(colour, "hacks.ada=0.6")
    assert message.startswith("hacks.ada=0.6")
    assert "hacks.diffaugment" in message


def test_packs_that_do_not_fill_a_batch_name_the_sizes_that_do(refused, colour):
    message = refused(colour, "hacks.pac=3")
    assert message == "hacks.pac=3: it must divide data.batch_size=8; accepted: 1, 2, 4, 8, or another batch size"


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["gan=acgan"], "conditioning.discriminator=classes needs one label for each logit"),
        (["gan=semi_supervised"], "conditioning.discriminator=classes needs one label for each logit"),
        (["gan=projection", "data.batch_size=2"], "conditioning.discriminator=projection needs one label"),
        (["gan=infogan"], "predicts the codes of one image"),
        (["gan=began"], "discriminator=autoencoder does not use it; used by discriminator="),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_packs_where_the_discriminator_says_something_of_each_image(refused, colour, words, part):
    message = refused(colour, *words, "hacks.pac=2")
    assert message.startswith("hacks.pac=2: ")
    assert part in message


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["gan=wgan", "data.batch_size=2"], "Clipping changes the discriminator's weights outside of its optimiser"),
        (["compile=true"], "a compiled network has no second derivative; accepted: 0, or compile=false"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_discriminator_that_cannot_be_unrolled(refused, colour, words, part):
    message = refused(colour, *words, "hacks.unrolled_steps=2")
    assert message.startswith("hacks.unrolled_steps=2: ")
    assert part in message


def test_unknown_flags_values_variants_and_operations_name_the_nearest(refused, colour):
    assert "instance_noise" in refused(colour, "hacks.instance_nose=0.1")
    assert "tanh" in refused(colour, "hacks.output=tanhh")
    assert "wgan_gp" in refused(colour, "gan=wgan_pg", "data.batch_size=2")
    assert "lecture" in refused(colour, "hacks=lectures")
    assert "cutout" in refused(colour, "hacks.diffaugment=[cutuot]")


@pytest.mark.parametrize(
    "word",
    [
        "hacks.label_flip=1.5",
        "hacks.generator_dropout=1.0",
        "hacks.betas=[0.5]",
        "hacks.lr=0",
        "hacks.replay=-1",
        "hacks.real_label=[0.7]",
        "hacks.penalty_interval=0",
        "hacks.ada=2",
    ],
)
def test_values_out_of_range_name_a_key_and_the_value(refused, colour, word):
    extra = ["hacks.diffaugment=[cutout]"] if "ada" in word else []
    message = refused(colour, word, *extra)
    assert word.partition("=")[2].strip("[]") in message
