"""LPIPS and DISTS equal torchmetrics' with the same weights; without weights they are named, never random."""

import io
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from rich.console import Console
from torchmetrics.functional.image import dists as torchmetrics_dists
from torchmetrics.functional.image.lpips import _LPIPS
from torchvision.models import vgg

from artesano.errors import BadInput
from artesano.evaluation.pair_evaluation import PairEvaluation
from artesano.evaluation.perceptual import DISTS, LPIPS, Compared, dists, perceptual_measures
from artesano.lines import say


@pytest.fixture(autouse=True)
def hub(tmp_path, monkeypatch):
    """An empty cache of torch."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    return tmp_path / "hub" / "checkpoints"


@pytest.fixture(scope="module")
def images():
    generator = torch.Generator().manual_seed(0)
    return torch.rand(2, 3, 40, 48, generator=generator), torch.rand(2, 3, 40, 48, generator=generator)


@pytest.fixture(scope="module")
def lpips():
    """torchmetrics' own with some weights of AlexNet, and these weights as torchvision names them."""
    torch.manual_seed(0)
    network = _LPIPS(pretrained=True, net="alex", pnet_rand=True)
    layers = network.net.state_dict().items()
    return network, {f"features.{name.partition('.')[2]}": tensor for name, tensor in layers}


def test_lpips_with_a_file_of_weights_is_torchmetrics(lpips, images, tmp_path):
    network, weights = lpips
    torch.save(weights, tmp_path / "alexnet.pth")
    measures, notes = perceptual_measures({"lpips": str(tmp_path / "alexnet.pth")}, "cpu")
    assert notes == {}
    expected = network(*images, normalize=True).flatten()
    torch.testing.assert_close(measures["lpips_alex"](*images), expected)


def test_dists_is_torchmetrics_and_nothing_for_equal_images(images, monkeypatch):
    torch.manual_seed(1)
    features = vgg.make_layers(vgg.cfgs["D"])
    weights = {f"features.{name}": tensor.clone() for name, tensor in features.state_dict().items()}
    monkeypatch.setattr(torchmetrics_dists, "vgg16", lambda weights: SimpleNamespace(features=features))
    measure = Compared(dists(weights).eval())
    torch.testing.assert_close(measure(*images), torchmetrics_dists.DISTSNetwork()(*images), rtol=1e-4, atol=1e-5)
    assert measure(images[0], images[0]).abs().max() < 1e-5
    assert torch.isnan(measure(images[0][..., :20], images[1][..., :20])).all()
    assert measure(images[0][:, :1], images[1][:, :1]).shape == (2,)  # grey


def test_missing_weights_are_named_with_their_place(hub):
    measures, notes = perceptual_measures({"lpips": None, "dists": None}, "cpu")
    assert measures == {}
    for name, file in (("lpips_alex", "alexnet-owt-7be5be79.pth"), ("dists_vgg16", "vgg16-397923af.pth")):
        assert notes[name].startswith("not measured: weights missing")
        assert file in notes[name]
        assert str(hub) in notes[name]


def test_a_place_at_home_names_no_user(hub, monkeypatch):
    """The note goes into bundles."""
    monkeypatch.setattr(Path, "home", lambda: Path(torch.hub.get_dir()))
    _, notes = perceptual_measures({"lpips": None, "dists": None}, "cpu")
    assert "alexnet-owt-7be5be79.pth in ~/checkpoints; " in notes["lpips_alex"]
    assert str(hub) not in notes["lpips_alex"]


@pytest.mark.parametrize("width", [50, 80, 200])
def test_an_address_stands_whole_in_a_row_of_a_terminal(hub, width):
    _, notes = perceptual_measures({"lpips": None, "dists": None}, "cpu")
    for measure in (LPIPS, DISTS):
        console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None, legacy_windows=False)
        say(console, f"note: {measure.name} {notes[measure.name]}", markup=False)
        rows = console.file.getvalue().splitlines()
        assert any(row.split()[-1] == measure.url for row in rows)


def test_none_is_wanted(hub):
    assert perceptual_measures({}, "cpu") == ({}, {})


def test_a_download_that_was_cut_short_is_a_note_too(hub):
    hub.mkdir(parents=True)
    LPIPS.path(None).write_bytes(b"PK\3\4 half of it")
    measures, notes = perceptual_measures({"lpips": None}, "cpu")
    assert measures == {}
    assert "alexnet-owt-7be5be79.pth" in notes["lpips_alex"]


def test_a_file_that_is_given_is_checked_before_the_run(lpips, tmp_path):
    right, other = tmp_path / "alexnet.pth", tmp_path / "other.pth"
    torch.save(lpips[1], right)
    torch.save({"weight": torch.zeros(3)}, other)
    PairEvaluation(features=None, lpips_file=str(right)).check({})
    with pytest.raises(BadInput, match=r"evaluation\.lpips_file=.*nowhere.pth: no such file.*alexnet-owt") as error:
        PairEvaluation(features=None, lpips_file=str(tmp_path / "nowhere.pth")).check({})
    with pytest.raises(BadInput, match=r"evaluation\.dists_file.*does not hold the weights of vgg16-397923af.pth"):
        PairEvaluation(features=None, dists_file=str(other)).check({})
    assert len(error.value.problems) == 1
    assert DISTS.path("~/a.pth").is_absolute()


def test_all_that_is_wrong_with_an_evaluation_is_told_at_once(tmp_path):
    evaluation = PairEvaluation(
        lpips_file=str(tmp_path / "one.pth"), dists_file=str(tmp_path / "two.pth"), distance="run:nowhere"
    )
    with pytest.raises(BadInput) as error:
        evaluation.check({"perceptual": {"net": "lite9", "weight": 1.0}})
    for words in ("one.pth", "two.pth", "nowhere", "terms.perceptual.net"):
        assert any(words in problem for problem in error.value.problems), words


def test_naturalness_is_of_photos_alone():
    """A config saved before there was the key is of maps or photos; neither is measured anew by it."""
    assert not PairEvaluation().niqe
