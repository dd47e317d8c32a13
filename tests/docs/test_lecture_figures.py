"""The lecture's tables of GANs from images say what the tables of their studies say."""

from pathlib import Path

import pandas as pd
import pytest

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "lecture.md").read_text(encoding="utf-8").replace("**", "")
MAPS = {"copy the input": "_copy", "mean map": "_mean", "colour regression for each pixel": "_regression"}


def results(name, key):
    return pd.read_csv(DOCS / "results" / f"{name}.csv").set_index(key)


def line(label, *cells):
    return f"| {label} | {' | '.join(cells)} |"


@pytest.mark.parametrize(
    ("label", "job", "method"),
    [
        ("Lanczos", "", "_lanczos"),
        ("pixel phase", "", "_pixel"),
        ("+ perceptual loss, no adversary", "-alone", ""),
        ("+ perceptual loss and adversary", "", ""),
    ],
)
def test_super_resolution(label, job, method):
    table = results("super_resolution", "name")
    twice, fourfold = (table.loc[f"sr-ucmerced-x{scale}-s0{job}"] for scale in (2, 4))
    cells = [
        text
        for row, crop in ((twice, 2), (fourfold, 4))
        for text in (
            f"{row[f'test_psnr_rgb_crop{crop}_gain{method}']:+.2f} dB",
            f"{row[f'test_features_lite1{method}']:.3f}",
        )
    ]
    assert line(label, *cells, f"{fourfold[f'test_hf_ratio{method}']:.2f}") in TEXT


@pytest.mark.parametrize(
    ("label", "job", "scale"),
    [("UC Merced x2", "ucmerced-x2", 2), ("UC Merced x4", "ucmerced-x4", 4), ("Blue Marble x4", "blue_marble-x4", 4)],
)
def test_intervals_of_the_pixel_phase(label, job, scale):
    row = results("super_resolution", "name").loc[f"sr-{job}-s0-pixels"]
    gain, low, high = (row[f"test_psnr_rgb_crop{scale}_gain{end}"] for end in ("", "_low", "_high"))
    assert line(label, f"{gain:+.2f} dB", f"{low:.2f} to {high:.2f}") in TEXT


@pytest.mark.parametrize(
    ("label", "job"),
    [
        ("equal steps, 4,000: SRGAN", "ucmerced-x4"),
        ("equal steps, 4,000: SWCGAN", "swcgan"),
        ("equal time: SRGAN, 2,117 steps", "srgan-equal-time"),
        ("equal time: SWCGAN, 1,670 steps", "swcgan-equal-time"),
    ],
)
def test_swcgan_beside_srgan(label, job):
    row = results("super_resolution", "name").loc[f"sr-{job}-s0"]
    gains = (f"{row[f'test_psnr_rgb_crop4_gain{state}']:+.2f} dB" for state in ("_pixel", ""))
    assert line(label, *gains, f"{row['test_features_lite1']:.3f}") in TEXT


@pytest.mark.parametrize(
    ("label", "model"),
    [
        *((label, "pix2pix") for label in MAPS),
        ("pix2pix, L1 alone", "l1-only"),
        ("pix2pix", "pix2pix"),
        ("pix2pix on wrong partners", "shuffled"),
    ],
)
def test_maps(label, model):
    row, method = results("translation", "model").loc[model], MAPS.get(label, "")
    measures = ("l1", "ssim", "edge_ssim", "palette_accuracy")
    cells = [f"{row[f'test_{measure}{method}']:.3f}" for measure in measures]
    assert line(label, *cells, f"{row[f'fd{method}']:,.0f}") in TEXT


def test_zoom_levels():
    table, levels = results("translation", "model"), (64, 128, 256)
    alone = [f"{table.loc[f'level-{level}', f'test_{what}']:.3f}" for what in ("l1", "ssim") for level in levels]
    assert line("three pix2pix, one for each level", *alone) in TEXT
    for label, model in (("one pix2pix on the mixture, without the level", "mixture"), ("one cscgan", "cscgan")):
        names = [f"test_{what}_level_{level}" for what in ("l1", "ssim") for level in levels]
        assert line(label, *(f"{table.loc[model, name]:.3f}" for name in names)) in TEXT
