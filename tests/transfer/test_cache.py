"""Cached features give the logits of the live network, batch for batch, and a damaged file is made again."""

import os

import numpy as np
import pytest
import torch
from PIL import Image

from artesano.data.dataset import ImageData
from artesano.data.io.images import UnreadableImage
from artesano.data.loaders import Loaders
from artesano.data.preprocessing import Preprocessing
from artesano.data.splits import Split
from artesano.transfer.cache import FeatureLoaders
from artesano.transfer.strategies import Freeze

UNREADABLE = 7


class Noise(ImageData):
    """60 images of noise, brighter by class; row 7 of the training part cannot be read when `broken`."""

    broken = False

    def read_splits(self):
        labels = np.arange(60) % 3

        def read(row):
            if self.broken and row == UNREADABLE:
                raise UnreadableImage(f"noise/{row}", "broken")
            pixels = np.random.default_rng(row).integers(0, 120, (40, 40, 3)) + 60 * labels[row]
            return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))

        parts = {"train": np.arange(36), "val": np.arange(36, 48), "test": np.arange(48, 60)}
        return ["a", "b", "c"], {
            part: Split(labels[rows], [f"noise/{row}" for row in rows], lambda at, rows=rows: read(rows[at]))
            for part, rows in parts.items()
        }


def loaders(broken=False, **options):
    data = Noise(batch_size=8, **options)
    data.broken = broken
    config = {"input_size": (3, 32, 32), "mean": (0.5,) * 3, "std": (0.5,) * 3, "interpolation": "bilinear",
              "crop_pct": 0.9, "crop_mode": "center"}  # fmt: skip
    return Loaders(data, Preprocessing.from_timm(config, 32, 3), seed=3)


@pytest.fixture
def cached(tools, tmp_path, monkeypatch):
    monkeypatch.setenv("ARTESANO_CACHE", str(tmp_path))

    def make(images=None, weights="abc", backbone="test_efficientnet", **options):
        classifier = tools.classifier(backbone)
        features = FeatureLoaders(images or loaders(), classifier.backbone, name=backbone, weights=weights, **options)
        return classifier, features

    return make


def files(folder):
    return sorted((folder / "features").glob("*")) if (folder / "features").exists() else []


@pytest.mark.parametrize("backbone", ["test_efficientnet", "test_vit", "test_convnext"])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_cached_logits_equal_live_ones(cached, backbone, layout):
    classifier, features = cached(backbone=backbone, memory_format=layout)
    classifier.eval()
    images = features.images
    pairs = [(features.train(lambda: 2, 12), images.train(lambda: 2, 12))]
    pairs += [(features.evaluate(split), images.evaluate(split)) for split in ("val", "test")]
    for cached_batches, live_batches in pairs:
        seen = list(cached_batches)
        got = torch.cat([classifier.head(batch.features) for batch in seen])
        live = [images.prepare(batch, None) for batch in live_batches]
        expected = torch.cat([classifier(batch.images) for batch in live])
        assert torch.allclose(got, expected, atol=1e-5)
        for name in ("labels", "index"):
            column = [torch.cat([getattr(batch, name) for batch in batches]) for batches in (seen, live)]
            assert torch.equal(*column)


def test_training_batches_are_those_of_the_images(cached):
    _, features = cached()
    images = features.images
    assert len(features.train(lambda: 5, 12)) == 12
    assert features.steps_per_epoch == images.steps_per_epoch
    for mine, theirs in zip(features.train(lambda: 5, 12), images.train(lambda: 5, 12), strict=True):
        assert torch.equal(mine.index, theirs.index)
    halves = [list(features.train(lambda: 0, 3, rank, 2)) for rank in (0, 1)]
    for whole, first, second in zip(features.train(lambda: 0, 3), *halves, strict=True):
        assert torch.equal(whole.index, torch.cat([first.index, second.index]))


def test_the_second_run_computes_nothing(cached, tmp_path, monkeypatch):
    _, first = cached()
    expected = {split: first.features(split) for split in ("train", "val", "test")}
    assert len(files(tmp_path)) == 3
    assert first.missing_images() == 0
    _, second = cached()
    monkeypatch.setattr(FeatureLoaders, "_extract", lambda *args: pytest.fail("computed again"))
    for split, features in expected.items():
        assert all(torch.equal(*pair) for pair in zip(features, second.features(split), strict=True))


def test_each_thing_that_matters_has_its_own_file(cached, tmp_path):
    cached()[1].features("train")
    for other in ({"weights": "def"}, {"backbone": "test_vit"}, {"images": loaders(shots=3)}):
        count = len(files(tmp_path))
        cached(**other)[1].features("train")
        assert len(files(tmp_path)) == count + 1


def test_features_of_random_weights_are_not_kept(cached, tmp_path):
    _, features = cached(weights="random")
    features.features("val")
    assert files(tmp_path) == []


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty"])
def test_a_damaged_file_is_computed_again(cached, tmp_path, damage):
    _, first = cached()
    expected = first.features("val").features
    (path,) = files(tmp_path)
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[-3] ^= 1
    path.write_bytes({"truncate": content[: len(content) // 2], "flip": content, "empty": b""}[damage])
    _, second = cached()
    assert torch.equal(second.features("val").features, expected)
    assert path.stat().st_size > len(expected)
    _, third = cached()
    assert torch.equal(third.features("val").features, expected)


def test_a_full_disk_costs_only_the_cache(cached, tmp_path, monkeypatch):
    def no_space(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", no_space)
    _, features = cached()
    assert features.features("val").features.isfinite().all()
    assert files(tmp_path) == []


@pytest.mark.parametrize("in_memory", [True, False])
def test_an_unreadable_image_is_never_evaluated_nor_trained_on(cached, in_memory):
    _, features = cached(images=loaders(broken=True, in_memory=in_memory, workers=0))
    rows = torch.cat([batch.index for batch in features.evaluate("train")])
    assert len(rows) == 35
    names = features.images.names("train", rows)
    assert f"noise/{UNREADABLE}" not in names
    trained = torch.cat([batch.index for batch in features.train(lambda: 0, 5)])
    assert f"noise/{UNREADABLE}" not in features.images.names("train", trained)


def test_the_backbone_comes_back_as_it_was_and_the_head_learns(cached, tools):
    classifier, features = cached()
    classifier.train()
    before = tools.snapshot(classifier.backbone)
    features.features("train")
    assert all(module.training for module in classifier.modules())
    module = tools.module(classifier, Freeze(), max_steps=30, prepare=features.prepare)
    tools.train(module, features.train(lambda: 0, 30))
    after = tools.snapshot(classifier.backbone)
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in after)
    logits, labels, index = module.collect(features.evaluate("test"))
    assert (logits.argmax(1) == labels).float().mean() > 0.6  # chance: 0.33
    assert index.tolist() == list(range(12))
