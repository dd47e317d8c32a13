"""Photos that have no true partner: how natural they become, image by image, beside bicubic and real photos."""

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from torch import nn

from artesano.data.degradations import Bicubic, Identity
from artesano.data.pairs.loaders import PairLoaders
from artesano.data.pairs.unpaired_folder import UnpairedFolder
from artesano.evaluation.pair_evaluation import PairEvaluation
from artesano.evaluation.pair_measures import PairMeasures
from artesano.evaluation.set_distances import WANTED, New, SetDistances
from artesano.metrics.baselines import Bicubic as Enlarged


class Sharpened:
    """Enlarges by bicubic interpolation, and adds what a blur takes away."""

    device = torch.device("cpu")

    def translate(self, batch, network=None):
        height, width = (2 * length for length in batch.source.shape[-2:])
        large = Enlarged()(batch.source, batch.labels, (3, height, width))
        return (large + 0.7 * (large - nn.functional.avg_pool2d(large, 3, 1, 1))).clamp(0, 1)


class Copied(Sharpened):
    def translate(self, batch, network=None):
        return batch.source


@pytest.fixture
def photos(tmp_path):
    """Sharp photos in B, and in A small ones of other places, all with soft shapes and grain."""
    random = np.random.default_rng(0)
    for name, side, count in (("A", 100, 30), ("B", 120, 30)):
        (tmp_path / name).mkdir()
        for number in range(count):
            grain = random.normal(0, 30, (120, 120, 3))
            coarse = Image.fromarray(random.integers(60, 200, (12, 12, 3), dtype=np.uint8)).resize((120, 120))
            image = Image.fromarray((np.asarray(coarse) + grain).clip(0, 255).astype(np.uint8))
            image.resize((side, side), Image.Resampling.BICUBIC).save(tmp_path / name / f"{number}.png")
    return tmp_path


def measured(photos, folder, **options):
    data = UnpairedFolder(root=str(photos), batch_size=8, crop=96)
    data.check(2)
    loaders = PairLoaders(data, degradation=Bicubic(2), mean=0.0, std=1.0, seed=0)
    measures = PairMeasures(PairEvaluation(features=None, **options), loaders, Bicubic(2), "restoration")
    return measures.at_end(Sharpened(), {"best": nn.Identity()}, folder)


def test_naturalness_of_each_photo_beside_bicubic_and_real_ones(photos, tmp_path):
    metrics, notes = measured(photos, tmp_path / "results", niqe=True)
    table = pd.read_csv(tmp_path / "results" / "table.csv").set_index(["metric", "method"])
    made, bicubic, truth = (table.loc["niqe_train48", method] for method in ("best", "bicubic", "truth"))
    assert truth["mean"] < made["mean"] < bicubic["mean"]
    assert made["reference"] == "bicubic"
    assert made["low"] < made["difference"] < made["high"] < 0
    assert made["images"] == made["blocks"] > 3
    assert metrics["best"]["test/niqe_train48"] == pytest.approx(made["mean"], rel=1e-4)
    assert metrics["best"]["test/niqe_train48_bicubic"] == pytest.approx(bicubic["mean"], rel=1e-4)
    assert len(notes) == 1


def test_what_is_not_wanted_or_not_possible_is_left_out(photos, tmp_path, monkeypatch):
    metrics, notes = measured(photos, tmp_path / "results")
    assert metrics == {"best": {}}
    monkeypatch.setattr("artesano.metrics.naturalness.FEWEST", 10**6)
    metrics, notes = measured(photos, tmp_path / "results", niqe=True)
    assert metrics == {"best": {}}
    assert "not measured: fewer than" in notes[1]
    assert not (tmp_path / "results").exists()


def test_an_image_of_the_smaller_folder_counts_once():
    """It begins anew where it ends; its repetitions are no more images, also within a batch."""
    images, new = torch.rand(5, 3, 4, 4), New()
    assert new(images[[0, 1, 0]]).tolist() == [True, True, False]
    assert new(images[[2, 1, 2, 3]]).tolist() == [True, False, False, True]
    distances = SetDistances.__new__(SetDistances)
    distances.features = {"last": [torch.zeros(3, 2)], WANTED: [torch.zeros(4, 2), torch.zeros(5, 2)]}
    assert distances.count == 3


def test_repeated_sources_count_once_in_naturalness(photos, tmp_path):
    for number in range(12, 30):  # the sources begin anew
        (photos / "A" / f"{number}.png").unlink()
    measured(photos, tmp_path / "results", niqe=True)
    table = pd.read_csv(tmp_path / "results" / "table.csv").set_index("method")
    assert table.loc[["best", "bicubic"], "images"].tolist() == [2, 2]
    assert table.loc["truth", "images"] == 6


@pytest.mark.parametrize("sides", [(120, 120), (120, 100)])
def test_sources_are_copied_only_where_all_are_as_large_as_their_targets(photos, sides):
    """A distance of some of the sources beside one of all made images would be no comparison."""
    for number, side in zip((0, 1), sides, strict=True):
        for path in list((photos / "A").iterdir())[number::2]:
            Image.open(path).resize((side, side)).save(path)
    data = UnpairedFolder(root=str(photos), batch_size=8, crop=96)
    loaders = PairLoaders(data, degradation=Identity(), mean=0.0, std=1.0, seed=0)
    measures = PairMeasures(PairEvaluation(features=None, niqe=True), loaders, Identity(), "translation")
    values, _ = measures.at_end(Copied(), {"best": nn.Identity()}, photos / "results")
    assert ("test/niqe_train48_copy" in values["best"]) == (sides == (120, 120))
