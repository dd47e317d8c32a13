"""A bundle without the frozen weights: small, the same answers, and refused where the weights are others or gone."""

import functools

import pytest
import timm
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

import artesano
from artesano.backbones.weights import Weights, weights_fingerprint
from artesano.cli import main
from artesano.errors import BadInput
from artesano.kinds.bundle import bundle
from artesano.kinds.gan.load import load_gan
from artesano.kinds.transfer.load import load

pytestmark = pytest.mark.e2e

LITE0 = "tf_efficientnet_lite0"


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    torch.manual_seed(1)
    path = tmp_path_factory.mktemp("weights") / "vit ñ.safetensors"
    save_file(timm.create_model("test_vit", num_classes=0).state_dict(), path)
    return path


@pytest.fixture(scope="module")
def lora(project, weights, tmp_path_factory):
    """`lora("strategy=bitfit", ...)`: the folder of a run of two steps on frozen weights of a file."""

    @functools.cache
    def trained(*words):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ARTESANO_OUTPUTS", str(tmp_path_factory.mktemp("outputs")))
            data = ["data=folder", f"data.root={project / 'images'}", "data.batch_size=8", "image_size=32"]
            file = ["backbone=test_vit", "weights.source=file", f"weights.file={weights}"]
            little = ["max_steps=2", "optimizer.lr=0.01", "logger.wandb.mode=disabled", "trainer=cpu"]
            return artesano.train(*data, *file, *little, *words).folder

    return trained


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTESANO_OUTPUTS", str(tmp_path / "outputs"))
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    return tmp_path / "empty"


def put(weights, elsewhere):
    (elsewhere / weights.name).write_bytes(weights.read_bytes())


def images():
    return torch.randint(0, 255, (4, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


WORDS = [
    ("strategy=lora", "strategy.rank=2"),
    ("strategy=lora", "ema=0.5"),
    ("strategy=bitfit",),
    ("strategy=adapter", "strategy.width=2", "ema=0.5"),
    ("strategy=freeze", "data.augment=none"),
    ("strategy=partial", "strategy.groups=1"),
]


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_the_same_answers_bit_for_bit(lora, weights, elsewhere, words):
    folder = lora(*words)
    full, small = bundle(folder, "full.safetensors")[0], bundle(folder, "small.safetensors", small=True)[0]
    put(weights, elsewhere)
    expected = load(folder)(images())
    assert torch.equal(load(full)(images()), expected)
    assert torch.equal(load(small)(images()), expected)
    (elsewhere / weights.name).unlink()
    assert torch.equal(load(small)(images()), expected)  # the folder made of it is whole from now on


def test_what_did_not_learn_is_not_in_it(lora):
    folder = lora(*WORDS[0])
    names = load_file(bundle(folder, "small.safetensors", small=True)[0])
    assert all(".head." in name or ".parametrizations.weight.0." in name for name in names)
    biases = load_file(bundle(lora("strategy=bitfit"), "bitfit.safetensors", small=True)[0])
    assert all(".head." in name or name.endswith(".bias") for name in biases)


def test_it_is_small(lora, elsewhere):
    words = (f"backbone={LITE0}", "weights.source=package", "weights.file=null")
    for strategy in ("lora", "bitfit", "freeze"):
        folder = lora(*words, f"strategy={strategy}", "data.augment=none")
        paths = [bundle(folder, f"{strategy}{small}.safetensors", small)[0] for small in (False, True)]
        sizes = [path.stat().st_size for path in paths]
        print(f"{strategy}: {sizes[0] / 1e6:.2f} MB, {sizes[1] / 1e6:.2f} MB, {sizes[0] / sizes[1]:.1f} times smaller")
        assert sizes[0] / sizes[1] > (5 if strategy == "lora" else 20)
        assert torch.equal(load(paths[1])(images()), load(folder)(images()))


def test_a_run_starts_from_it_and_a_full_one_is_made_of_it(lora, weights, elsewhere):
    folder = lora(*WORDS[0])
    small, _ = bundle(folder, "small.safetensors", small=True)
    put(weights, elsewhere)
    one, other = (weights_fingerprint("test_vit", Weights("run", run=str(run))) for run in (small, folder))
    assert one == other
    again, _ = bundle(small, "again.safetensors")
    assert torch.equal(load(again)(images()), load(folder)(images()))
    with safe_open(again, framework="pt") as file:
        assert "artesano.rests_on" not in file.metadata()


def test_weights_that_are_gone_or_others_are_told(lora, weights, elsewhere, capsys):
    assert main(["bundle", str(lora(*WORDS[0])), "--small", "-o", "small.safetensors"]) == 0
    card = capsys.readouterr().out
    assert "frozen tensors of backbone=test_vit weights.source=file (vit ñ.safetensors, in the folder" in card
    needed = "without the frozen weights of backbone=test_vit weights.source=file"
    with pytest.raises(BadInput, match=rf"{needed}, which are not here:\n.*vit ñ.safetensors"):
        load("small.safetensors")
    tensors = load_file(weights)
    changed = {name: tensor + 1e-6 * (name == "norm.bias") for name, tensor in tensors.items()}
    save_file(changed, weights.name)
    with pytest.raises(BadInput, match=rf"{needed}; those that are here are others \(hash \w+, needed \w+\)"):
        load("small.safetensors")
    put(weights, elsewhere)  # and the refusals have left the folder as it was
    assert load("small.safetensors")(images()).shape == (4, 3)


def test_comparing_needs_no_weights(lora):
    small, _ = bundle(lora(*WORDS[0]), "small.safetensors", small=True)
    assert list(artesano.compare(str(small))["kind"]) == ["transfer"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("weights.source=none", "weights.file=null", "strategy=lora"), "weights.source=none nobody else has them"),
        (("strategy=full", "backbone=test_vit"), "has changed every tensor"),
    ],
)
def test_where_nothing_can_be_left_out(lora, words, reason):
    with pytest.raises(BadInput, match=reason):
        bundle(lora(*words), "small.safetensors", small=True)


def test_a_generator_has_no_frozen_weights(gan_runs):
    folder = gan_runs("dcgan")
    with pytest.raises(BadInput, match="this run has none"):
        bundle(folder, "small.safetensors", small=True)
    assert load_gan(folder)
