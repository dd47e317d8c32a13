"""Each variant of GANs from images, from words to a finished run folder; and what a run can be relied on for."""

import functools
import json
import math

import numpy as np
import pandas as pd
import pytest
from image_words import COMMON, SMALL, pairs, pictures, words
from PIL import Image

import artesano
from artesano.cli import main
from artesano.config.compose import compose
from artesano.config.targets import instantiate
from artesano.kinds.image_gan import pictures as pictures_of_run
from artesano.kinds.image_gan.load import load_image_gan
from artesano.kinds.image_gan.pairs_for import pairs_for, training_for
from artesano.kinds.registry import options_of
from artesano.runs import record
from artesano.runs.metrics import read_rows

pytestmark = pytest.mark.slow

KINDS = {"srgan": "psnr_rgb_crop4", "swcgan": "psnr_rgb_crop4", "inpaint": "hole_l1", "pix2pix": "l1", "cscgan": "l1"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """`trained("srgan")`: the tiny run of a variant, made once; commands may add their evaluations to its folder."""

    @functools.cache
    def run(variant):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ARTESANO_OUTPUTS", str(tmp_path_factory.mktemp("outputs")))
            return artesano.train(*words(variant, tmp_path_factory.mktemp(variant)))

    return run


@pytest.mark.parametrize("variant", SMALL)
def test_a_variant_ends_with_its_measures_and_pictures(variant, trained):
    run = trained(variant)
    found = record.read(run.folder)
    assert found["status"] == "finished"
    for plot in ("strips.png", "curves.png", "timelapse.gif"):
        assert (run.folder / "plots" / plot).stat().st_size > 0
    if variant == "cyclegan":
        assert not (run.folder / "table.csv").exists()
        return
    assert math.isfinite(found["metrics"]["best"][f"test/{KINDS[variant]}"])
    table = pd.read_csv(run.folder / "table.csv")
    missing = table[table["method"].isna()]
    assert {f"{row.metric} {row.note}" for row in missing.itertuples()} <= set(found["notes"])
    baselines = {"srgan": {"bicubic", "lanczos"}, "swcgan": {"bicubic", "lanczos"}, "inpaint": {"mean"}}
    assert baselines.get(variant, {"copy", "mean", "regression"}) <= set(table["method"].dropna())


def test_the_best_photo_of_lines_is_chosen_by_its_edges(trained, tmp_path):
    """Lines tell no colours, and the smallest L1 is then grey."""
    small = [*COMMON, *SMALL["pix2pix"], "max_steps=2"]
    data = ["data=sr_folder", f"data.root={pictures(tmp_path / 'photos', 12)}", "degradation=edges"]
    drawn = record.read(artesano.train("gan=pix2pix", *data, *small).folder)
    assert drawn["monitor"] == {"name": "val/edge_ssim", "mode": "max"}
    assert any(note.startswith("edge_ssim of the ") for note in drawn["notes"])
    photos = record.read(trained("pix2pix").folder)
    assert photos["monitor"] == {"name": "val/l1", "mode": "min"}
    assert any(note.startswith("l1 of the ") for note in photos["notes"])


def test_sources_are_shown_in_their_colours_whatever_the_targets_have(tmp_path, monkeypatch):
    root = pairs(tmp_path / "pairs", 12)
    for part in ("trainB", "testB"):
        for file in (root / part).iterdir():
            Image.open(file).convert("L").save(file)
    shown = {}
    monkeypatch.setattr(pictures_of_run, "strips", lambda columns, *_, **options: shown.update(columns))
    artesano.train("gan=pix2pix", "data=paired_folder", f"data.root={root}", *COMMON, *SMALL["pix2pix"], "max_steps=2")
    assert {title: images[0].shape[0] for title, images in shown.items()}["input"] == 3
    assert shown["truth"][0].shape[0] == 1


@pytest.mark.parametrize(("terms", "pixel_loss"), [("mse", "MSE"), ("charbonnier", "Charbonnier"), ("pixels", "L1")])
def test_losses_of_pixels_take_the_place_of_each_other(terms, pixel_loss):
    options = options_of(compose(["gan=srgan", f"terms={terms}"]).resolved)
    made = [instantiate(node) for node in options.terms.values() if node["weight"]]
    assert sorted(type(term).__name__ for term in made) == sorted([pixel_loss, "Perceptual"])
    assert [term.ramped for term in made if type(term).__name__ == pixel_loss] == [False]


def test_the_metrics_of_the_best_checkpoint_come_back(trained, capsys):
    run = trained("srgan")
    assert main(["evaluate", str(run.folder)]) == 0
    folder = run.folder / "evaluations" / "test"
    again = json.loads((folder / "metrics.json").read_text())["metrics"]
    best = record.read(run.folder)["metrics"]["best"]
    for name, value in again.items():
        assert best[f"test/{name}"] == pytest.approx(value, abs=1e-6), name
    assert {"best", "pixel", "bicubic"} <= set(pd.read_csv(folder / "table.csv")["method"].dropna())
    assert (folder / "strips.png").is_file()
    assert "bicubic" in capsys.readouterr().out


def test_evaluate_on_other_pictures_and_on_some_it_cannot_take(trained, tmp_path, capsys):
    run = trained("srgan")
    others = pictures(tmp_path / "otras ñ", 6, size=(40, 40), seed=7)
    assert main(["evaluate", str(run.folder), "data=sr_folder", f"data.root={others}", "--split", "val"]) == 0
    said = capsys.readouterr().out
    assert "val images" in said
    assert "only one independent block" in said
    assert "nan" not in said
    small = pictures(tmp_path / "small", 12, size=(12, 12), seed=8)  # below the crops of training
    assert main(["evaluate", str(run.folder), "data=sr_folder", f"data.root={small}"]) == 0
    gan, other = load_image_gan(run.folder), ["data=sr_folder", f"data.root={small}"]
    loaders = pairs_for(gan, other)
    assert loaders.data.root == str(small)
    # baselines learn from what the run has learned from
    assert training_for(gan, other, loaders).data.root == record.read(run.folder)["config"]["data.root"]
    grey = tmp_path / "grey"
    grey.mkdir()
    for number in range(6):
        Image.fromarray(np.full((40, 40), 40 * number, np.uint8)).save(grey / f"{number}.png")
    assert main(["evaluate", str(run.folder), "data=sr_folder", f"data.root={grey}"]) == 2
    assert "1 channels in" in capsys.readouterr().err
    assert main(["evaluate", str(run.folder), "--samples", "100"]) == 2
    assert "--samples" in capsys.readouterr().err
    assert main(["evaluate", str(run.folder), "data=mnist5k"]) == 2
    assert "not a set of image pairs" in capsys.readouterr().err


def test_without_partners_whole_sets_are_compared(tmp_path, outputs):
    base = [word for word in words("cyclegan", tmp_path) if not word.startswith("data.root")]
    root = pairs(tmp_path / "many", 52, size=(32, 32))
    run = artesano.train(*base, f"data.root={root}", "max_steps=1", "eval_every=1", "samples_every=1")
    best = record.read(run.folder)["metrics"]["best"]
    assert best["test/fd_lite0_52"] > 0
    assert best["test/fd_lite0_52_copy"] > 0
    notes = " ".join(record.read(run.folder)["notes"])
    assert "no targets" in notes
    assert "biased" in notes


def test_pixels_come_first_and_each_phase_keeps_its_best(trained):
    run = trained("srgan")
    discriminated = [step for step, name, _ in read_rows(run.folder / "metrics.csv") if name == "train/discriminator"]
    assert min(discriminated) == 3  # the first step after two of pixels
    assert {"pixel_best.ckpt", "adversarial_best.ckpt"} <= {p.name for p in (run.folder / "checkpoints").iterdir()}


def test_a_step_in_which_no_term_is_due_changes_nothing(tmp_path, outputs):
    """A loss at every second step alone, in a phase without an adversary."""
    run = artesano.train(*words("srgan", tmp_path), "terms.l1.interval=2", "phases.pixel=10")
    losses = {step: value for step, name, value in read_rows(run.folder / "metrics.csv") if name == "train/generator"}
    assert [losses[step] > 0 for step in (1, 2, 3, 4)] == [True, False, True, False]


def test_a_run_begins_with_the_generator_of_another(trained, tmp_path, outputs):
    first, base = trained("srgan"), words("srgan", tmp_path)
    pixel = record.read(first.folder)["metrics"]["best"]["test/psnr_rgb_crop4_pixel"]
    again = [word for word in base if not word.startswith(("phases.", "max_steps", "eval_every"))]
    alone = ["image_to_image.adversarial_weight=0", "phases.pixel=0", f"phases.run={first.folder}", "max_steps=1"]
    second = artesano.train(*again, *alone, "eval_every=1", "hacks.lr=1e-12", "hacks.ema=null")
    assert record.read(second.folder)["metrics"]["best"]["test/psnr_rgb_crop4"] == pytest.approx(pixel, abs=1e-3)


def test_four_crops_are_learned_by_heart(tmp_path, outputs):
    """Above 40 dB, from a bicubic of less than 30; a net or a loss that cannot do it is broken."""
    random = np.random.default_rng(3)
    for part in ("train", "val", "test"):
        (tmp_path / "hr" / part).mkdir(parents=True)
    for number in range(4):
        coarse = random.integers(60, 200, (9, 9, 3), dtype=np.uint8)
        image = Image.fromarray(coarse).resize((32, 32), Image.Resampling.BICUBIC)
        for part in ("train", "val", "test"):
            image.save(tmp_path / "hr" / part / f"{number}.png")
    run = artesano.train(
        "gan=srgan", "data=sr_folder", f"data.root={tmp_path / 'hr'}", "data.flip=false", "data.batch_size=4",
        "image_size=32", "generator.width=16", "generator.blocks=1", "phases.pixel=400",
        "image_to_image.adversarial_weight=0", "max_steps=400", "eval_every=400", "hacks.lr=0.008", "hacks.ema=0.9",
        "evaluation.features=null", "evaluation.images_in_training=4", "samples_every=400",
        "logger.wandb.mode=disabled", "trainer=cpu",
    )  # fmt: skip
    last = record.read(run.folder)["metrics"]["last"]
    assert last["test/psnr_rgb_crop4"] > 40
    assert last["test/psnr_rgb_crop4_bicubic"] < 35
