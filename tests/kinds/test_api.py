"""What Python gets is what the commands write: the same labels, samples and pictures, of a run and of its bundle."""

import csv
import json
import os
import pydoc
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder

import artesano
from artesano.cli import main
from artesano.data.loaders import Loaders
from artesano.errors import BadInput
from artesano.kinds.data_of_run import data_for

pytestmark = pytest.mark.slow

ONE = "images/2/3.png"
both = pytest.mark.parametrize("form", ["folder", "bundle"])


@pytest.fixture
def model(source):
    """`model("gan")`: a loaded run of this kind."""
    return lambda kind, form="folder": artesano.load(source(kind, form))


def pixels(path=ONE):
    return np.asarray(Image.open(path).convert("RGB"))


@both
def test_a_table_of_labels_is_that_of_the_command(source, tmp_path, form):
    run = source("transfer", form)
    table = artesano.load(run).predict("images")
    assert main(["predict", run, "images", "-o", f"{tmp_path}/labels.csv"]) == 0
    with (tmp_path / "labels.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(table.columns) == list(rows[0])
    assert len(table) == len(rows) == 72
    for row, (_, ours) in zip(rows, table.iterrows(), strict=True):
        # the table lies in another folder than the one that paths are relative to
        assert (os.path.abspath(ours["path"]), ours["label"]) == (row["path"], row["label"])
        assert ours["probability"] == float(row["probability"])
        assert [list(pair) for pair in ours["top5"]] == json.loads(row["top5"])


def test_every_form_of_an_image_means_the_same(model):
    classifier = model("transfer")
    array, path = pixels(), Path(ONE)
    tensor = torch.tensor(array).permute(2, 0, 1)
    forms = [ONE, path, Image.open(ONE), array, tensor]
    one = classifier.predict(ONE)
    assert one == {"path": ONE} | {key: one[key] for key in ("label", "probability", "top5")}
    assert one["label"] == one["top5"][0][0]
    logits = classifier.logits(ONE)
    assert logits.shape == (3,)
    assert classifier.labelling.probabilities(logits[None]).max().item() == pytest.approx(one["probability"], abs=1e-6)
    for form in forms:
        assert classifier.predict(form) | {"path": ONE} == one
        torch.testing.assert_close(classifier.logits(form), logits)
    table = classifier.predict(forms)
    assert table["path"].tolist()[:2] == [ONE, ONE]
    assert table["path"].isna().tolist() == [False, False, True, True, True]
    assert table["label"].tolist() == [one["label"]] * 5
    for several in (np.stack([array, array]), torch.stack([tensor, tensor]), (image for image in [array, array])):
        assert len(classifier.predict(several)) == 2
    assert len(classifier.predict("images/2/*.png")) == 24
    assert classifier.logits(["images/2", ONE]).shape == (25, 3)


def test_features_go_through_the_head(model):
    classifier = model("transfer")
    features = classifier.features("images/2")
    with torch.no_grad():
        logits = classifier.network.head(features)
    torch.testing.assert_close(logits, classifier.logits("images/2"), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(classifier.features("images/2/0.png"), features[0], rtol=1e-4, atol=1e-5)


def test_an_upright_photo_is_read_upright(model, tmp_path):
    classifier = model("transfer")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels()[:, :20]).save(tmp_path / "turned.png", exif=exif)
    with Image.open(tmp_path / "turned.png") as image:
        torch.testing.assert_close(classifier.logits(image), classifier.logits(tmp_path / "turned.png"))
        torch.testing.assert_close(
            classifier.network(classifier.transform(image)[None])[0], classifier.logits(tmp_path / "turned.png")
        )


@both
def test_the_transform_is_that_of_the_evaluation(model, form):
    classifier = model("transfer", form)
    loaders = Loaders(data_for(["data=folder", "data.root=images"], None), classifier.preprocessing, seed=0)
    batches = list(loaders.evaluate("test"))
    images = torch.cat([loaders.prepare(batch, None).images for batch in batches])
    names = [name for batch in batches for name in loaders.names("test", batch.index)]
    for image, name in zip(images, names, strict=True):
        torch.testing.assert_close(classifier.transform(Image.open(name)), image, rtol=0, atol=1e-6)
    data = ImageFolder("images", transform=classifier.transform)
    assert data.classes == classifier.classes
    with torch.no_grad():
        logits = torch.cat([classifier.network(images) for images, _ in DataLoader(data, 16)])
    torch.testing.assert_close(logits, classifier.logits([path for path, _ in data.samples]), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ("images/2/nine.png", "no such file or folder"),
        ([], "the list is empty"),
        (7, "int: give a path, a PIL image"),
        ([ONE, None], "NoneType: give a path"),
        (np.zeros((4, 4, 3)), "an array of float64.*uint8 array"),
        (torch.zeros(5, 4, 3, dtype=torch.uint8), r"a tensor of torch.uint8 \[5, 4, 3\]"),
    ],
)
def test_what_is_no_image(model, images, message):
    with pytest.raises(BadInput, match=message):
        model("transfer").predict(images)


def test_a_broken_file_is_a_row_of_a_table_and_an_error_alone(model, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no image")
    classifier = model("transfer")
    table = classifier.predict([ONE, tmp_path / "broken.png"])
    assert table["error"].isna().tolist() == [True, False]
    assert table["error"][1] == "not an image"
    assert table["label"].notna().tolist() == [True, False]
    for use in (classifier.predict, classifier.logits, classifier.features):
        with pytest.raises(BadInput, match=r"broken\.png: not an image"):
            use(tmp_path / "broken.png")


@both
def test_samples_are_those_of_the_command(source, tmp_path, form):
    run = source("gan", form)
    gan = artesano.load(run)
    words = ["--count", "6", "--seed", "4", "--class", "ñandú", "--class", "0"]
    assert main(["sample", run, *words, "--to", f"{tmp_path}/samples.npz"]) == 0
    with np.load(tmp_path / "samples.npz") as stored:
        images, labels = torch.from_numpy(stored["images"]).permute(0, 3, 1, 2), stored["labels"].tolist()
    samples = gan.sample(6, labels=["ñandú", 0], seed=4)
    assert (samples.dtype, labels) == (torch.uint8, [2, 2, 2, 0, 0, 0])
    assert torch.equal(samples, images)
    assert torch.equal(gan.sample(6, labels="ñandú", seed=4)[:3], samples[:3])
    assert not torch.equal(gan.sample(6, seed=5), gan.sample(6, seed=4))
    z, drawn = gan.draw(6, 4, "sample")
    with torch.no_grad():
        assert torch.equal(gan.pixels.to_uint8(gan.generator(z, drawn)), gan.sample(6, seed=4))


def test_samples_that_cannot_be_drawn(model):
    gan = model("gan")
    with pytest.raises(BadInput, match="give 1 or more"):
        gan.sample(0)
    with pytest.raises(BadInput, match="labels x: there is no such class"):
        gan.sample(2, labels=["x"])


@both
def test_pictures_are_those_of_the_command(source, tmp_path, form):
    run = source("image_gan", form)
    gan = artesano.load(run)
    assert main(["predict", run, "pictures", "-o", str(tmp_path)]) == 0
    path = "pictures/03.png"
    written = Image.open(tmp_path / "03.png")
    array = pixels(path)
    for image in (path, Path(path), Image.open(path), array, torch.tensor(array).permute(2, 0, 1)):
        result = gan.transform_image(image)
        assert result.size == (96, 80)
        assert np.array_equal(np.asarray(result), np.asarray(written))
    assert [image.size for image in gan.predict("pictures")] == [(96, 80)] * 12
    assert np.array_equal(np.asarray(gan.predict(path)), np.asarray(written))


def test_large_pictures_go_through_in_tiles(model, monkeypatch):
    gan = model("image_gan")
    image = np.random.default_rng(0).integers(0, 256, (300, 200, 3), dtype=np.uint8)
    whole = np.asarray(gan.transform_image(image))
    gan._whole.tile = 64
    tiles = []
    monkeypatch.setattr(gan._whole.bars, "tiles", tiles.append)
    assert np.abs(whole.astype(int) - np.asarray(gan.transform_image(image))).max() <= 1
    assert tiles[0] > 10


def test_depth_opacity_and_greys_of_pictures(model):
    gan = model("image_gan")
    noise = np.random.default_rng(0).random((20, 30, 4))
    deep = gan.transform_image((noise[..., :3] * 65535).astype(np.uint16))
    assert (deep.dtype, deep.shape) == (np.uint16, (40, 60, 3))
    floats = gan.transform_image(noise[..., :3].astype(np.float32))
    assert np.abs(floats - deep / 65535).max() < 1e-3
    colours = (noise * 255).astype(np.uint8)
    assert gan.transform_image(colours).mode == gan.transform_image(Image.fromarray(colours)).mode == "RGBA"
    assert gan.transform_image(colours[..., 0]).mode == "L"
    for wrong in (noise * 9, colours[:0], colours[None], "pictures/none.png", 3):
        with pytest.raises(BadInput):
            gan.transform_image(wrong)
    with pytest.raises(BadInput, match="not an inpainting run"):
        gan.transform_image(colours, mask=colours)
    with pytest.raises(BadInput, match=r"label 2: the generator of .* takes no labels"):
        gan.transform_image(colours, label=2)


def test_whole_numbers_of_other_types_are_refused(image_run):
    folder, _ = image_run("srresnet", scale=2)
    gan = artesano.load(folder)
    for kind in (np.int64, np.int32, np.int16, np.uint32):
        with pytest.raises(BadInput, match=rf"an array of {np.dtype(kind).name} \[4, 4, 3\]; give uint8"):
            gan.transform_image(np.full((4, 4, 3), 200, kind))


def test_holes_are_filled_where_the_mask_is_white(image_run):
    folder, _ = image_run("unet", options={"width": 4, "norm": "none"}, image_to_image="inpainting", in_channels=4)
    gan = artesano.load(folder)
    image = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    hole = np.zeros((30, 40), np.uint8)
    hole[8:20, 10:25] = 255
    filled = np.asarray(gan.transform_image(image, mask=hole))
    changed = (filled != image).any(2)
    assert changed.any()
    assert not changed[hole == 0].any()
    assert np.array_equal(np.asarray(gan.transform_image(image, mask=hole > 0)), filled)
    with pytest.raises(BadInput, match="30 x 40 px, and its mask 5 x 5 px"):
        gan.transform_image(image, mask=hole[:5, :5])
    with pytest.raises(BadInput, match="no mask"):
        gan.transform_image(image)


def test_a_number_may_be_a_number(source):
    source("gan", "number")
    assert artesano.load(7).record["task"] == "gan"


def test_runs_side_by_side(trained, project, monkeypatch):
    for kind in ("transfer", "gan", "image_gan"):
        trained(kind)
    monkeypatch.chdir(project)
    monkeypatch.setenv("ARTESANO_OUTPUTS", str(project / "trained"))
    table = artesano.compare()
    assert isinstance(table, pd.DataFrame)
    assert table["kind"].tolist() == ["gan", "image_gan", "transfer"]
    assert len(artesano.compare(where="kind=image")) == 1
    one = artesano.compare(trained("transfer"), metrics=["accuracy"])
    assert one["folder"].tolist() == [str(trained("transfer"))]
    assert 0 <= one["test/accuracy"].item() <= 1
    with pytest.raises(BadInput, match="no run for which"):
        artesano.compare(where="kind=nothing")


def test_the_package_imports_nothing_heavy_and_explains_itself():
    code = "import artesano, sys; sys.exit(bool({'torch', 'pandas', 'hydra'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    text = pydoc.plain(pydoc.render_doc(artesano))
    for word in ("artesano.load", "transform_image", ".sample(", "artesano.compare("):
        assert word in text
    assert callable(artesano.compare)  # also after the package of that name has been imported
