"""Extractors are the networks they are named after, and the real side is computed once."""

import pytest
import torch
import yaml
from torch import nn
from torch.nn import functional as F

from artesano.backbones.create import create_backbone, data_config, feature_dim
from artesano.backbones.weights import Weights
from artesano.config.schema import check_node
from artesano.config.search_path import shipped
from artesano.data.preprocessing import Preprocessing
from artesano.errors import BadInput
from artesano.evaluation.extractors import Evaluation, Extractor, check_extractor, make_extractor
from artesano.evaluation.inception import FILE, inception
from artesano.evaluation.real_statistics import RealImages, real_statistics
from artesano.metrics.frechet import moments
from artesano.runs import record
from artesano.transfer.heads import Linear
from artesano.transfer.network import Classifier


@pytest.fixture(scope="module")
def lite0():
    return make_extractor("lite0", 32)


@pytest.fixture
def images():
    return torch.randint(0, 256, (6, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


class Mean(nn.Module):
    """Features that one can compute by hand: the mean of each channel, and twice that."""

    def forward(self, images):
        means = images.mean((2, 3))
        return torch.cat([means, 2 * means], 1)


def plain(name="mean", weights="a", size=8):
    preprocessing = Preprocessing(size, mean=(0.0,) * 3, std=(1.0,) * 3)
    return Extractor(name, Mean(), None, weights, 6, preprocessing)


@torch.no_grad()
def test_lite0_is_the_backbone_on_the_images_as_they_are(lite0, images):
    backbone = create_backbone("tf_efficientnet_lite0", Weights("package")).eval()
    features, logits = lite0(images)
    expected = backbone((images.float() / 255 - 0.5) / 0.5)  # nothing cropped, nothing resized
    torch.testing.assert_close(features, expected, rtol=1e-3, atol=1e-4)
    assert logits is None
    assert (lite0.name, lite0.dim, lite0.preprocessing.size) == ("lite0", 1280, 32)
    assert lite0.classes == []


@torch.no_grad()
def test_images_of_another_size_are_resized_without_aliases(images):
    large = torch.randint(0, 256, (4, 3, 50, 40), dtype=torch.uint8)
    resized = F.interpolate(large.float(), (8, 8), mode="bicubic", antialias=True).clamp(0, 255)
    torch.testing.assert_close(plain()(large).features[:, :3], resized.mean((2, 3)) / 255)
    torch.testing.assert_close(
        plain()(images).features, plain()(images.contiguous(memory_format=torch.channels_last))[0]
    )


def test_grey_is_the_same_as_three_equal_channels(lite0, images):
    grey = images[:, :1]
    torch.testing.assert_close(lite0(grey).features, lite0(grey.expand(-1, 3, -1, -1)).features)


def test_many_images_come_in_order(images):
    many = images.repeat(50, 1, 1, 1)
    features = plain()(many).features
    assert features.shape == (300, 6)
    torch.testing.assert_close(features, plain()(images).features.repeat(50, 1))


def test_full_precision_in_a_run_of_less(lite0, images):
    with torch.autocast("cpu", torch.bfloat16):
        inside = lite0(images).features
    assert inside.dtype == torch.float32
    assert torch.equal(inside, lite0(images).features)


def test_the_key_tells_weights_and_sizes_apart():
    keys = {plain().key, plain(weights="b").key, plain(size=16).key, plain(name="other").key}
    assert len(keys) == 4
    assert plain().key == plain().key


@pytest.mark.parametrize("name", ["lite", "inception:3", "timm", "timm:", "run:", "vgg"])
def test_an_unknown_extractor(name):
    with pytest.raises(
        BadInput, match=r"evaluation.extractor=.*no such extractor; accepted: lite0, inception, timm:<model>"
    ):
        check_extractor(name)


def test_the_nearest_name_is_offered():
    with pytest.raises(BadInput, match="Did you mean 'inception'"):
        check_extractor("incepton")
    with pytest.raises(BadInput, match="resnet50"):
        check_extractor("timm:resnet5O")


def test_inception_says_which_file_it_wants_and_where():
    with pytest.raises(BadInput) as caught:
        check_extractor("inception")
    message = str(caught.value)
    assert FILE in message
    assert "https://github.com/mseitzer/pytorch-fid" in message
    assert "cache/evaluation" in message
    with pytest.raises(BadInput, match="299 pixels"):
        check_extractor("inception", 64)


@torch.no_grad()
def test_inception_leaves_the_padding_out_of_averages(tmp_path):
    """With weights of 1 in the pooling branch a constant image stays constant up to the border."""
    from torchvision.models.inception import inception_v3

    network = inception_v3(weights=None, num_classes=1008, aux_logits=False, init_weights=False)
    torch.save(network.state_dict(), tmp_path / FILE)
    made, head = inception(tmp_path / FILE)
    assert torch.equal(head(torch.zeros(1, 2048)), torch.zeros(1, 1008))  # no bias
    ones = torch.ones(1, 192, 5, 5)
    assert torch.equal(made.Mixed_5b.pool(ones), ones)
    peak = torch.zeros(1, 2048, 5, 5)
    peak[..., 2, 2] = 1
    assert made.Mixed_7c.pool(peak).sum() == 9 * 2048  # the maximum spreads
    torch.testing.assert_close(made.Mixed_7b.pool(peak).sum(), torch.tensor(2048.0))  # the average keeps the sum
    torch.save({"a": torch.zeros(1)}, tmp_path / FILE)
    with pytest.raises(BadInput, match="not the Inception network"):
        inception(tmp_path / FILE)


@pytest.fixture
def write_run(tmp_path):
    """`write_run(task=..., ema=...)` makes the folder of a small classifier of grey images; returns it and the net."""

    def write(task="transfer", channels=1, ema=False, checkpoint=True):
        torch.manual_seed(3)
        folder = tmp_path / f"0001-{task}"
        backbone = create_backbone("test_resnet", Weights("none"), in_chans=channels, image_size=32)
        network = Classifier(backbone, Linear(feature_dim(backbone), 4)).eval()
        tensors = {f"network.{name}": value for name, value in network.state_dict().items()}
        if ema:
            tensors |= {f"ema.module.{name}": value * 1.5 for name, value in network.state_dict().items()}
        (folder / "checkpoints").mkdir(parents=True)
        if checkpoint:
            torch.save({"state_dict": tensors}, folder / "checkpoints" / "best.ckpt")
        fields = record.new(name="judge", task=task, seed=0, overrides=[], choices={}, config={})
        fields["model"] = {
            "backbone": "test_resnet",
            "backbone_args": {},
            "head": {"_target_": "artesano.transfer.heads.Linear", "_partial_": True},
            "classes": ["zero", "one", "two", "three"],
            "in_chans": channels,
            "image_size": 32,
            "preprocessing": Preprocessing.from_timm(data_config(backbone), 32, channels).to_dict(),
        }
        record.write(folder, fields)
        return folder, network

    return write


@torch.no_grad()
def test_a_run_judges_as_it_was_trained(write_run, images):
    folder, network = write_run()
    judge = make_extractor(f"run:{folder}")
    assert (judge.name, judge.classes) == ("run", ["zero", "one", "two", "three"])
    preprocessing = judge.preprocessing
    assert preprocessing.crop_pct < 1
    resized = int(32 / preprocessing.crop_pct)
    grey = (images.float() * torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)).sum(1, keepdim=True)
    pixels = F.interpolate(grey, (resized, resized), mode="bicubic", antialias=True).clamp(0, 255)
    margin = round((resized - 32) / 2)
    cropped = pixels[..., margin : margin + 32, margin : margin + 32]
    found = judge(images)
    torch.testing.assert_close(found.logits, network(preprocessing.normalise(cropped)), rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(found.logits, network.head(found.features), rtol=1e-3, atol=1e-4)


@torch.no_grad()
def test_the_averaged_weights_of_a_run_win(write_run):
    folder, network = write_run(ema=True)
    judge = make_extractor(f"run:{folder}", 32)
    torch.testing.assert_close(judge.head.linear.weight.cpu(), network.head.linear.weight * 1.5)


def test_runs_that_cannot_judge(write_run):
    with pytest.raises(BadInput, match="a run of task=gan; a classifier"):
        check_extractor(f"run:{write_run(task='gan')[0]}")
    folder, _ = write_run(checkpoint=False)
    with pytest.raises(BadInput, match="no such checkpoint"):
        check_extractor(f"run:{folder}")
    (folder / "checkpoints" / "best.ckpt").touch()
    with pytest.raises(BadInput, match="images of 32 pixels"):
        check_extractor(f"run:{folder}", 64)
    with pytest.raises(BadInput, match="cannot be read as a checkpoint"):
        make_extractor(f"run:{folder}")
    with pytest.raises(BadInput, match="not a run"):
        check_extractor("run:nowhere")


def colours(count):
    return torch.randint(0, 256, (count, 3, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))


def test_statistics_are_those_of_all_images(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTESANO_CACHE", str(tmp_path))
    everything = colours(1100)  # more than one request
    labels = torch.arange(1100) % 3
    real = RealImages(plain(), 1100, "f", "train", "8", labels=labels, keep=200)
    found = real_statistics(real, lambda a, b: everything[a:b])
    features = plain()(everything).features
    mean, covariance = moments(features)
    torch.testing.assert_close(found.mean, mean, rtol=1e-7, atol=1e-9)
    torch.testing.assert_close(found.covariance, covariance, rtol=1e-7, atol=1e-9)
    assert found.features.shape == (200, 6)
    for row, label in zip(found.features, found.labels, strict=True):
        assert labels[(features - row).abs().sum(1).argmin()] == label
    again = real_statistics(RealImages(plain(), 1100, "g", "train", "8", keep=200), iter(everything.split(300)))
    torch.testing.assert_close(again.mean, found.mean)
    assert torch.equal(again.features, found.features)
    assert again.labels is None


def test_statistics_are_computed_once(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTESANO_CACHE", str(tmp_path))
    everything, asked = colours(60), []

    def images(start, stop):
        asked.append((start, stop))
        return everything[start:stop]

    def statistics(fingerprint="f", split="train", transform="8", extractor=None, count=60):
        asked.clear()
        return real_statistics(RealImages(extractor or plain(), count, fingerprint, split, transform), images)

    first = statistics()
    assert asked == [(0, 60)]
    second = statistics()
    assert asked == []
    assert torch.equal(first.covariance, second.covariance)
    assert torch.equal(first.features, second.features)
    for change in (
        {"fingerprint": "g"},
        {"split": "test"},
        {"transform": "16"},
        {"extractor": plain(weights="b")},
        {"count": 55},
    ):
        statistics(**change)
        assert asked, change
    for path in (tmp_path / "real_statistics").iterdir():
        path.write_bytes(path.read_bytes()[:50])
    torch.testing.assert_close(statistics().mean, first.mean)
    assert asked


def test_a_folder_that_cannot_be_written_costs_only_the_cache(tmp_path, monkeypatch):
    (tmp_path / "real_statistics").touch()
    monkeypatch.setenv("ARTESANO_CACHE", str(tmp_path))
    assert real_statistics(RealImages(plain(), 60, "f", "train", "8"), [colours(60)]).count == 60


@pytest.mark.parametrize("name", ["default", "fast", "full", "none"])
def test_options_fit_the_schema(name):
    folder = shipped() / "evaluation"
    values = yaml.safe_load((folder / "default.yaml").read_text()) | yaml.safe_load(
        (folder / f"{name}.yaml").read_text()
    )
    values.pop("defaults", None)
    assert check_node("evaluation", values) == []
    values.pop("_target_")
    assert set(values) == set(Evaluation.__dataclass_fields__)


def test_a_count_that_would_be_refused_later_is_refused_now():
    node = {"_target_": "artesano.evaluation.extractors.Evaluation", "samples": 20}
    (problem,) = check_node("evaluation", node)
    assert problem.startswith("evaluation.samples: 20")
    assert "50" in problem
