"""The lecture's tables of GANs from images say what the tables of their studies say, in both languages."""

import re
from pathlib import Path

import pandas as pd
import pytest

DOCS = Path(__file__).parents[2] / "docs"
MAPS = {"copy the input": "_copy", "mean map": "_mean", "colour regression for each pixel": "_regression"}
SPANISH = {
    "pixel phase": "fase de píxeles",
    "+ perceptual loss, no adversary": "+ pérdida perceptual, sin adversario",
    "+ perceptual loss and adversary": "+ pérdida perceptual y adversario",
    "SRGAN, rate 0.0002": "SRGAN, tasa 0.0002",
    "SWCGAN, its first recipe, the same rate": "SWCGAN, su primera receta, la misma tasa",
    "SRGAN, rate 0.001 on pixels": "SRGAN, tasa 0.001 en los píxeles",
    "SWCGAN, as it is now, rate 0.001 on pixels": "SWCGAN, tal como es ahora, tasa 0.001 en los píxeles",
    "copy the input": "copiar la entrada",
    "mean map": "mapa medio",
    "mean image": "imagen media",
    "CycleGAN, without pairs": "CycleGAN, sin parejas",
    "pix2pix, with pairs": "pix2pix, con parejas",
    "colour regression for each pixel": "regresión de colores, píxel a píxel",
    "pix2pix, L1 alone": "pix2pix, solo L1",
    "pix2pix with the paper's U-Net": "pix2pix con la U-Net del artículo",
    "pix2pix on wrong partners": "pix2pix con parejas equivocadas",
    "three pix2pix, one for each level": "tres pix2pix, uno por nivel",
    "one pix2pix on the mixture, without the level": "un pix2pix con la mezcla, sin el nivel",
    "one cscgan": "un cscgan",
    "three models, one for each level": "tres modelos, uno por nivel",
    "one model that is told the level": "un modelo que recibe el nivel",
    "one model that is not told": "un modelo que no lo recibe",
    "drawn maps": "mapas dibujados",
    "three models": "tres modelos",
    "one model, told": "un modelo, con el nivel",
    "one model, not told": "un modelo, sin el nivel",
}


def text_of(page):
    return (DOCS / page).read_text(encoding="utf-8").replace("**", "")


ENGLISH_TEXT, SPANISH_TEXT = text_of("lecture.md"), text_of("clase.md")


def results(name, key):
    return pd.read_csv(DOCS / "results" / f"{name}.csv").set_index(key)


def assert_row(label, *cells):
    """The row stands in lecture.md, and in clase.md, where thousands have no comma."""
    assert f"| {label} | {' | '.join(cells)} |" in ENGLISH_TEXT
    spanish = " | ".join(re.sub(r"(.*) to (.*)", r"de \1 a \2", cell.replace(",", "")) for cell in cells)
    assert f"| {SPANISH.get(label, label)} | {spanish} |" in SPANISH_TEXT


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
    assert_row(label, *cells, f"{fourfold[f'test_hf_ratio{method}']:.2f}")


@pytest.mark.parametrize(
    ("label", "job", "scale"),
    [("UC Merced x2", "ucmerced-x2", 2), ("UC Merced x4", "ucmerced-x4", 4), ("Blue Marble x4", "blue_marble-x4", 4)],
)
def test_intervals_of_the_pixel_phase(label, job, scale):
    row = results("super_resolution", "name").loc[f"sr-{job}-s0-pixels"]
    gain, low, high = (row[f"test_psnr_rgb_crop{scale}_gain{end}"] for end in ("", "_low", "_high"))
    assert_row(label, f"{gain:+.2f} dB", f"{low:.2f} to {high:.2f}")


@pytest.mark.parametrize(
    ("label", "job"),
    [
        ("SRGAN, rate 0.0002", "srgan-2e-4-2117"),
        ("SWCGAN, its first recipe, the same rate", "swcgan-2e-4-1670"),
        ("SRGAN, rate 0.001 on pixels", "srgan-2117"),
        ("SWCGAN, as it is now, rate 0.001 on pixels", "swcgan-1670"),
    ],
)
def test_swcgan_beside_srgan(label, job):
    table = results("super_resolution", "name").filter(regex=rf"^sr-{job}-s\d$", axis="index")
    row = table.mean(numeric_only=True)
    gains = (f"{row[f'test_psnr_rgb_crop4_gain{state}']:+.2f} dB" for state in ("_pixel", ""))
    assert_row(label, *gains, f"{row['test_features_lite1']:.3f}")


@pytest.mark.parametrize(
    ("label", "model"),
    [
        *((label, "pix2pix") for label in MAPS),
        ("pix2pix, L1 alone", "l1-only"),
        ("pix2pix", "pix2pix"),
        ("pix2pix on wrong partners", "shuffled"),
    ],
)
def test_maps_of_relief(label, model):
    row, method = results("translation_relief", "model").loc[model], MAPS.get(label, "")
    measures = ("l1", "ssim", "edge_ssim", "palette_accuracy")
    cells = [f"{row[f'test_{measure}{method}']:.3f}" for measure in measures]
    assert_row(label, *cells, f"{row[f'fd{method}']:,.0f}")


@pytest.mark.parametrize(
    ("label", "model"),
    [
        *((label, "pix2pix") for label in MAPS),
        ("pix2pix with the paper's U-Net", "half-size"),
        ("pix2pix, L1 alone", "l1-only"),
        ("pix2pix", "pix2pix"),
        ("pix2pix on wrong partners", "shuffled"),
    ],
)
def test_drawn_maps(label, model):
    table, method = results("translation", "model"), MAPS.get(label, "")
    means = table.loc[[model]].mean(numeric_only=True)
    measures = ("l1", "ssim", "edge_ssim", "palette_accuracy", "coast_f1")
    cells = [f"{means[f'test_{measure}{method}']:.3f}" for measure in measures]
    assert_row(label, *cells, f"{means[f'fd{method}']:,.0f}")


def test_zoom_levels_of_relief():
    table, levels = results("translation_relief", "model"), (64, 128, 256)
    alone = [f"{table.loc[f'level-{level}', f'test_{what}']:.3f}" for what in ("l1", "ssim") for level in levels]
    assert_row("three pix2pix, one for each level", *alone)
    for label, model in (("one pix2pix on the mixture, without the level", "mixture"), ("one cscgan", "cscgan")):
        names = [f"test_{what}_level_{level}" for what in ("l1", "ssim") for level in levels]
        assert_row(label, *(f"{table.loc[model, name]:.3f}" for name in names))


def means_by_level(model):
    """Of all seeds."""
    return results("zoom_levels", "model").loc[[model]].groupby(["metric", "level"])["mean"].mean()


@pytest.mark.parametrize(
    ("label", "model"),
    [
        ("three models, one for each level", "three"),
        ("one model that is told the level", "cscgan"),
        ("one model that is not told", "not-told"),
    ],
)
def test_zoom_levels(label, model):
    of = means_by_level(model)
    assert_row(label, *(f"{of['l1', level]:.4f}" for level in (64, 128, 256)))


@pytest.mark.parametrize(
    ("label", "model"),
    [
        ("drawn maps", "drawn"),
        ("three models", "three"),
        ("one model, told", "cscgan"),
        ("one model, not told", "not-told"),
    ],
)
def test_agreement_of_zoom_levels(label, model):
    of = means_by_level(model)
    assert_row(label, *(f"{of[f'{what}_agreement', level]:.3f}" for level in (128, 256) for what in ("sea", "coast")))


@pytest.mark.parametrize(
    ("label", "model", "baseline"),
    [
        ("copy the input", "cyclegan", "_copy"),
        ("mean image", "cyclegan", "_mean"),
        ("CycleGAN, without pairs", "cyclegan", ""),
        ("pix2pix, with pairs", "pix2pix", ""),
    ],
)
def test_emoji(label, model, baseline):
    table = results("unpaired_emoji", "model").loc[[model]].mean(numeric_only=True)
    assert_row(label, *(f"{table[f'test_{what}{baseline}']:.3f}" for what in ("l1", "ssim")))


@pytest.mark.parametrize("text", [ENGLISH_TEXT, SPANISH_TEXT])
def test_cyclegan_on_drawn_maps_with_each_seed(text):
    table = results("translation", "model").loc[["cyclegan"]].sort_values("seed")
    assert len(table) == 3
    words = " ".join(text.split())
    for what in ("l1", "palette_accuracy", "coast_f1"):
        first, second, third = (f"{value:.3f}" for value in table[f"test_{what}"])
        assert re.search(f"{first}, {second} (and|y) {third}", words)


def test_both_languages_have_the_same_sections_commands_and_decimals():
    def parts(text):
        lines = re.sub(r"<[^>\n]+>", "<>", text).splitlines()
        commands = [line for line in lines if line.startswith(("artesano ", "python "))]
        sections = [line.split()[1] for line in lines if line.startswith("## ")]
        return sections, commands, sorted(re.findall(r"\d+\.\d+", text))

    assert parts(ENGLISH_TEXT) == parts(SPANISH_TEXT)
