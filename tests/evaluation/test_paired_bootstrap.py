"""Intervals cover what they promise, blocks are drawn whole, and tables compare the same images."""

import math

import numpy as np
import pandas as pd
import pytest
import torch

from artesano.metrics.bootstrap import block_interval, paired_interval
from artesano.metrics.paired_table import PairedTable


def normal(number, seed=0):
    return np.random.default_rng(seed).normal(size=number)


def test_independent_images_have_the_interval_of_the_normal_mean():
    values = normal(400) * 2 + 5
    found = block_interval(values, [str(row) for row in range(400)])
    half = 1.96 * values.std() / math.sqrt(400)
    assert found.mean == pytest.approx(values.mean())
    assert found.low == pytest.approx(values.mean() - half, abs=0.1 * half)
    assert found.high == pytest.approx(values.mean() + half, abs=0.1 * half)
    assert (found.images, found.blocks) == (400, 400)


def test_blocks_are_drawn_whole():
    """A thousand images of two pictures say as much as two numbers: drawing images would give a width of 0.1."""
    values = np.r_[normal(500), 10 + normal(500)]
    blocks = ["west"] * 500 + ["east"] * 500
    found = block_interval(values, blocks)
    assert found.low == pytest.approx(values[:500].mean())
    assert found.high == pytest.approx(values[500:].mean())
    assert found.blocks == 2
    single = block_interval(values, [str(row) for row in range(1000)])
    assert single.high - single.low < 0.8


def test_a_large_block_weighs_more():
    """The bootstrap's mean is the mean over images, not over blocks."""
    values = np.r_[np.zeros(90), np.ones(10)]
    found = block_interval(values, ["large"] * 90 + ["small"] * 10)
    assert found.mean == pytest.approx(0.1)
    assert (found.low, found.high) == (0, 1)


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    covered = 0
    for seed in range(200):
        values = normal(40 * 5, seed).reshape(40, 5) + 2 * normal(40, 1000 + seed)[:, None]
        found = block_interval(values.ravel(), np.repeat(np.arange(40), 5), draws=500)
        covered += found.low <= 0 <= found.high
    assert 0.88 <= covered / 200 <= 0.99


def test_one_block_is_no_interval():
    found = block_interval(np.arange(5.0), ["one"] * 5)
    assert found.mean == 2
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert math.isnan(block_interval(np.full(3, np.nan), ["a", "b", "c"]).mean)


def test_pairs_cancel_what_images_have_in_common():
    easy = 30 + 5 * normal(100)
    better = easy + 0.3 + 0.1 * normal(100, 1)
    blocks = np.arange(100)
    paired, own = paired_interval(better, easy, blocks), block_interval(easy, blocks)
    assert 0.25 < paired.low < paired.mean < paired.high < 0.35
    assert own.high - own.low > 20 * (paired.high - paired.low)
    back = paired_interval(easy, better, blocks)
    assert (back.low, back.high) == pytest.approx((-paired.high, -paired.low))


def test_equal_seeds_give_equal_intervals_in_pieces_too(monkeypatch):
    from artesano.metrics import bootstrap

    values, blocks = normal(60), np.arange(60)
    whole = block_interval(values, blocks)
    assert block_interval(values, blocks) == whole
    assert block_interval(values, blocks, seed=1) != whole
    monkeypatch.setattr(bootstrap, "AT_ONCE", 60 * 300)
    pieces = block_interval(values, blocks)
    assert pieces.low == pytest.approx(whole.low, abs=0.05)


def test_images_without_a_value_are_left_out():
    values = np.r_[normal(50), np.nan]
    assert block_interval(values, np.arange(51)) == block_interval(values[:50], np.arange(50))


# The table --------------------------------------------------------------------------------------------------------


@pytest.fixture
def table():
    """60 images of two levels in twelve blocks; the model is 1 dB above bicubic at level 64, and 2 dB at level 128."""
    labels = np.arange(60) % 2
    table = PairedTable([f"block {row // 5}" for row in range(60)], labels, ["64", "128"])
    bicubic = torch.from_numpy(25 + 5 * normal(60))
    for method, values in {"bicubic": bicubic, "model": bicubic + 1 + torch.from_numpy(labels)}.items():
        for rows in torch.randperm(60, generator=torch.Generator().manual_seed(1)).split(7):  # in any order
            table.add(method, rows, {"psnr": values[rows], "l1": torch.zeros(len(rows))})
    return table


def test_differences_are_paired_and_by_label(table):
    frame = table.frame("bicubic").set_index(["label", "metric", "method"])
    model = frame.loc["all", "psnr", "model"]
    assert model["difference"] == pytest.approx(1.5)
    assert 1.4 < model["low"] < 1.5 < model["high"] < 1.6
    assert (model["images"], model["blocks"]) == (60, 12)
    assert model["difference"] == pytest.approx(model["mean"] - frame.loc["all", "psnr", "bicubic"]["mean"])
    for level, gain in {"64": 1, "128": 2}.items():
        row = frame.loc[level, "psnr", "model"]
        assert (row["difference"], row["low"], row["high"]) == pytest.approx((gain, gain, gain))
        assert row["images"] == 30
    assert math.isnan(frame.loc["all", "psnr", "bicubic"]["difference"])
    assert table.methods == ["bicubic", "model"]
    assert table.means("model")["psnr"] == pytest.approx(model["mean"])


def test_missing_values_are_told_and_never_flatter(table):
    table.add("model", [0, 1], {"psnr": torch.tensor([math.nan, math.nan])})
    table.add("pixel", range(60), {"only_here": torch.ones(60)})
    table.note("lpips_alex", "not measured: wants a file")
    frame = table.frame("bicubic").set_index(["label", "metric", "method"]).sort_index()
    model = frame.loc["all", "psnr", "model"]
    assert (model["images"], model["note"]) == (58, "2 images that bicubic has a value for are missing")
    assert model["difference"] == pytest.approx(1.5)  # one of each level is gone
    assert math.isnan(frame.loc["all", "only_here", "pixel"]["difference"])
    assert frame.loc["all", "lpips_alex"]["note"].tolist() == ["not measured: wants a file"]
    with pytest.raises(ValueError, match="no method lanczos, but bicubic, model, pixel"):
        table.frame("lanczos")


def test_the_file_holds_the_table(table, tmp_path):
    table.write(tmp_path / "new" / "table.csv", "bicubic")
    read = pd.read_csv(tmp_path / "new" / "table.csv")
    frame = table.frame("bicubic")
    assert list(read.columns) == list(frame.columns)
    assert len(read) == 3 * 2 * 2
    assert read["mean"].to_numpy() == pytest.approx(frame["mean"].to_numpy(dtype=float), rel=1e-5)


def test_without_classes_there_are_no_rows_by_label():
    table = PairedTable(["a", "b"], [0, 0])
    table.add("model", [0, 1], {"l1": torch.ones(2)})
    assert table.frame("model")["label"].tolist() == ["all"]
