"""Before and after show the images they say: input, interpolation, what the generator makes, and the truth last."""

import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from artesano import cli
from artesano.data.pairs.blue_marble_map import BlueMarbleMap
from artesano.errors import BadInput
from artesano.kinds.image_gan import before_after
from artesano.kinds.image_gan.load import load_image_gan
from artesano.kinds.image_gan.masks import Masks
from artesano.kinds.image_gan.whole_images import WholeImages
from artesano.metrics.baselines import Bicubic
from artesano.runs import record

BICUBIC = {"_target_": "artesano.data.degradations.Bicubic", "scale": 2}
HOLE = {"_target_": "artesano.data.degradations.Hole", "share": 0.5}


@pytest.fixture
def large(tmp_path):
    """Ten images of odd sizes."""
    root = tmp_path / "Größe, 1"
    root.mkdir()
    random = np.random.default_rng(0)
    for number in range(10):
        Image.fromarray(random.integers(0, 256, (40, 37, 3), dtype=np.uint8)).save(root / f"{number}.png")
    return root


def pairs(root):
    return {"_target_": "artesano.data.pairs.sr_folder.SrFolder", "root": str(root), "batch_size": 4}


@pytest.fixture
def sr(image_run, large):
    return image_run("srresnet", scale=2, degradation=BICUBIC, data=pairs(large))


def rows_of(folder, *, words=(), labels=(), count=2, b2a=False):
    whole = WholeImages(load_image_gan(folder, direction="b2a" if b2a else "a2b"))
    return before_after.of_test_images(whole, labels, list(words), count, b2a)


def made(run, source):
    with torch.no_grad():
        return (run[1](torch.from_numpy(source)[None] * 2 - 1)[0] / 2 + 0.5).clamp(0, 1).numpy()


def test_columns_of_super_resolution(sr, large):
    rows = rows_of(sr[0])
    assert list(rows.columns) == ["input", "bicubic", "srresnet", "truth"]
    assert (rows.before, rows.after) == ("bicubic", "srresnet")
    assert len(rows.captions) == 2
    for row, name in enumerate(rows.captions):
        source, bicubic, ours, truth = (rows.columns[title][row] for title in rows.columns)
        original = np.asarray(Image.open(large / name)) / 255
        np.testing.assert_allclose(truth, original[:40, :36].transpose(2, 0, 1), atol=1e-6)
        assert source.shape == (3, 20, 18)
        shape = (3, 40, 36)
        np.testing.assert_allclose(bicubic, Bicubic()(torch.from_numpy(source)[None], None, shape)[0].clamp(0, 1))
        np.testing.assert_allclose(ours, made(sr, source), atol=1e-5)


def test_large_images_show_their_middle(sr, monkeypatch):
    monkeypatch.setattr(before_after, "LARGEST", 10)
    whole = rows_of(sr[0]).columns
    assert {title: images[0].shape[1:] for title, images in whole.items()} == {
        "input": (5, 5),
        "bicubic": (10, 10),
        "srresnet": (10, 10),
        "truth": (10, 10),
    }
    small = Image.fromarray((whole["truth"][0].transpose(1, 2, 0) * 255).round().astype(np.uint8))
    again = np.asarray(small.resize((5, 5), Image.Resampling.BICUBIC)) / 255
    assert np.abs(again[1:-1, 1:-1] - whole["input"][0].transpose(1, 2, 0)[1:-1, 1:-1]).mean() < 0.1  # the same place


def test_command_writes_both_pages(sr, capsys):
    assert cli.main(["sample", str(sr[0]), "--count", "-1"]) == 2
    assert cli.main(["sample", str(sr[0]), "--count", "0"]) == 2
    assert cli.main(["sample", str(sr[0]), "--count", "1"]) == 0
    said = capsys.readouterr().out
    samples = sr[0] / "samples"
    assert f"1 images side by side: {samples / 'strips.png'}" in said
    assert "artesano predict" in said
    page = (samples / "slider.html").read_text()
    assert page.count("<figure>") == 1
    Image.open(samples / "strips.png").load()


def test_other_data(sr, tmp_path, capsys):
    other = tmp_path / "other"
    other.mkdir()
    for number in range(4):
        Image.new("RGB", (40, 50), (200, number, 0)).save(other / f"red {number}.png")
    words = ["data=sr_folder", f"data.root={other}"]
    rows = rows_of(sr[0], words=words, count=1)
    assert rows.captions[0].startswith("red")
    assert rows.columns["truth"][0].shape == (3, 50, 40)
    assert cli.main(["sample", str(sr[0]), *words]) == 0
    capsys.readouterr()
    assert cli.main(["sample", str(sr[0]), "data=mnist5k"]) == 2
    assert "not a set of image pairs" in capsys.readouterr().err
    assert cli.main(["sample", str(sr[0]), *words, str(other)]) == 2
    assert "not both" in capsys.readouterr().err


def test_labels_of_other_data_are_compared_with_those_of_the_generator(image_run, two_folders, tmp_path):
    options = {"norm": "instance", "conditioning": "batch_norm"}
    levels = {"options": options, "classes": ["level 1", "level 2"], "conditional": True}
    folder, _ = image_run("resnet_translation", data=two_folders, **levels)
    with pytest.raises(BadInput, match="and its generator is conditional"):
        rows_of(folder, words=["data=paired_folder", f"data.root={tmp_path}/pairs"])


def test_own_pictures_with_a_mask(image_run, large, tmp_path, capsys):
    run = image_run("unet", options={"width": 4, "norm": "none"}, image_to_image="inpainting", in_channels=4)
    hole = np.zeros((40, 37), bool)
    hole[8:20, 10:25] = True
    (tmp_path / "masks").mkdir()
    Image.fromarray(hole).save(tmp_path / "masks" / "3.png")
    masks = Masks(str(tmp_path / "masks"), [str(large)])
    files = [str(large / "3.png"), str(large / "4.png")]
    rows = before_after.of_files(WholeImages(load_image_gan(run[0])), (), files, masks)
    (shown,), (filled,) = rows.columns["input"], rows.columns["unet"]
    assert (shown[:, hole] == 255).all()
    assert np.array_equal(filled[:, ~hole], shown[:, ~hole])
    assert "holds no mask called 4" in rows.failed[0]
    assert cli.main(["sample", str(run[0]), "--mask", str(tmp_path / "masks")]) == 2
    assert "for your own images" in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["left half", "two corners", "frame"])
def test_of_a_large_picture_a_part_with_both_is_shown(image_run, tmp_path, monkeypatch, missing):
    monkeypatch.setattr(before_after, "LARGEST", 16)
    run = image_run("unet", options={"width": 4, "norm": "none"}, image_to_image="inpainting", in_channels=4)
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 80, 3), dtype=np.uint8)).save(tmp_path / "a.png")
    hole = np.zeros((60, 80), bool)
    if missing == "left half":
        hole[:, :30] = True
    elif missing == "two corners":
        hole[:5, :5] = hole[-5:, -5:] = True
    else:
        hole[:10] = hole[-10:] = True
    Image.fromarray(hole).save(tmp_path / "mask.png")
    masks = Masks(str(tmp_path / "mask.png"), [str(tmp_path / "a.png")])
    rows = before_after.of_files(WholeImages(load_image_gan(run[0])), (), [str(tmp_path / "a.png")], masks)
    assert not rows.failed


@pytest.mark.parametrize("given", ["mask", "opacity"])
def test_of_a_large_picture_the_part_with_the_hole_is_shown(image_run, tmp_path, monkeypatch, given):
    monkeypatch.setattr(before_after, "LARGEST", 16)
    run = image_run("unet", options={"width": 4, "norm": "none"}, image_to_image="inpainting", in_channels=4)
    pixels = np.random.default_rng(0).integers(0, 255, (60, 80, 3), dtype=np.uint8)
    hole = np.zeros((60, 80), bool)
    hole[2:8, 70:77] = True
    masks = None
    if given == "mask":
        Image.fromarray(hole).save(tmp_path / "mask.png")
        masks = Masks(str(tmp_path / "mask.png"), [str(tmp_path / "a.png")])
    else:
        pixels = np.concatenate([pixels, np.where(hole, 0, 255).astype(np.uint8)[..., None]], 2)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    rows = before_after.of_files(WholeImages(load_image_gan(run[0])), (), [str(tmp_path / "a.png")], masks)
    assert not rows.failed
    (filled,), (shown,) = rows.columns["unet"], rows.columns["input"]
    assert filled.shape == (3, 16, 16)
    known = (filled == shown).all(0)
    assert known.any()
    assert not known.all()


def test_two_folders_of_one_name_have_pictures_of_their_own(sr, large, tmp_path, monkeypatch, capsys):
    gan = load_image_gan(sr[0])
    for parent in ("a", "b"):
        shutil.copytree(large, tmp_path / parent / "test")
    monkeypatch.chdir(tmp_path)
    places = [before_after.folder_for(gan, [], [place]) for place in ("a/test", "b/test", "a/test/", "./b/test")]
    assert places[:2] == places[2:]
    assert places[0] == sr[0] / "samples" / "test" != places[1]
    words = [["data=sr_folder", f"data.root={parent}/test"] for parent in ("a", "b")]
    others = [before_after.folder_for(gan, one, [], ["last"]) for one in words]
    assert len({*others, *places}) == 4
    assert all(place.name == "last" for place in others)
    assert before_after.folder_for(gan, [], []) == sr[0] / "samples"
    assert cli.main(["sample", str(sr[0]), "b/test", "--count", "1"]) == 0
    assert f"{places[1]}/strips.png" in capsys.readouterr().out


def test_own_pictures(sr, large, tmp_path, capsys):
    (large / "broken.png").write_bytes((large / "0.png").read_bytes()[:100])
    assert cli.main(["sample", str(sr[0]), str(large)]) == 0
    said = capsys.readouterr().out
    assert "10 images" in said
    assert "broken.png" in said
    assert list((sr[0] / "samples").iterdir()) == [sr[0] / "samples" / "groe-1"]  # those of its own images stay
    assert cli.main(["sample", str(sr[0]), str(large), "--count", "2"]) == 0
    assert "2 images" in capsys.readouterr().out
    whole = WholeImages(load_image_gan(sr[0]))
    rows = before_after.of_files(whole, (), [str(large / "3.png")])
    assert list(rows.columns) == ["input", "bicubic", "srresnet"]
    source = np.asarray(Image.open(large / "3.png")).transpose(2, 0, 1)
    assert np.array_equal(rows.columns["input"][0], source)
    ours = made(sr, source.astype(np.float32) / 255) * 255
    assert np.abs(rows.columns["srresnet"][0] - ours).max() <= 1
    assert cli.main(["sample", str(sr[0]), str(large / "broken.png")]) == 1


def test_a_hole_is_filled_and_the_rest_shown_as_it_is(image_run, large):
    run = image_run(
        "unet", options={"width": 4}, image_to_image="inpainting", in_channels=4, degradation=HOLE, data=pairs(large)
    )
    rows = rows_of(run[0])
    assert list(rows.columns) == ["input", "unet", "truth"]
    source, filled, truth = (rows.columns[title][0] for title in rows.columns)
    known = np.isclose(source, truth, atol=1e-6).all(0)
    assert 0.7 < known.mean() < 0.8
    assert np.array_equal(filled[:, known], source[:, known])
    assert not np.allclose(filled[:, ~known], source[:, ~known])


@pytest.fixture
def two_folders(tmp_path):
    for side, value in (("A", 40), ("B", 200)):
        (tmp_path / "pairs" / side).mkdir(parents=True)
        for number in range(8):
            Image.new("RGB", (32, 32), (value, number, 0)).save(tmp_path / "pairs" / side / f"{number}.png")
    return {"_target_": "artesano.data.pairs.paired_folder.PairedFolder", "root": str(tmp_path / "pairs")}


def test_both_ways_of_a_cycle(image_run, two_folders, capsys):
    folder, _ = image_run("resnet_translation", image_to_image="cycle", data=two_folders)
    for b2a, values in ((False, (40, 200)), (True, (200, 40))):
        rows = rows_of(folder, b2a=b2a, count=1)
        assert (rows.before, list(rows.columns)) == ("input", ["input", "resnet_translation", "truth"])
        shown = tuple(round(rows.columns[title][0][0, 0, 0] * 255) for title in ("input", "truth"))
        assert shown == values
    samples = folder / "samples"
    assert cli.main(["sample", str(folder)]) == 0
    a2b = (samples / "strips.png").read_bytes()
    assert cli.main(["sample", str(folder), "--direction", "b2a"]) == 0
    assert (samples / "strips.png").read_bytes() == a2b
    assert (samples / "b2a" / "strips.png").read_bytes() != a2b


def test_the_way_back_of_images_without_partners_is_not_named_by_the_other_side(image_run, two_folders):
    unpaired = {"_target_": "artesano.data.pairs.unpaired_folder.UnpairedFolder", "root": two_folders["root"]}
    folder, _ = image_run("resnet_translation", image_to_image="cycle", data=unpaired)
    assert rows_of(folder, count=1).captions[0].endswith(".png")
    assert rows_of(folder, b2a=True, count=1).captions == ["image 1"]


def test_a_column_for_each_label(image_run, two_folders, tmp_path, capsys):
    folder, _ = image_run(
        "resnet_translation",
        options={"norm": "instance", "conditioning": "batch_norm"},
        classes=["level 1", "level 2"],
        conditional=True,
        data=two_folders,
    )
    titles = ["resnet_translation: level 1", "resnet_translation: level 2"]
    rows = rows_of(folder, labels=[0, 1], count=1)
    assert list(rows.columns) == ["input", *titles, "truth"]
    assert not np.allclose(rows.columns[titles[0]][0], rows.columns[titles[1]][0])
    own = rows_of(folder, count=1)  # its own label, 0
    assert np.array_equal(own.columns["resnet_translation"][0], rows.columns[titles[0]][0])
    files = before_after.of_files(WholeImages(load_image_gan(folder)), (), [f"{tmp_path}/pairs/A/0.png"])
    assert list(files.columns) == ["input", *titles]
    assert cli.main(["sample", str(folder), "--class", "level 2"]) == 0
    assert (folder / "samples" / "level-2" / "slider.html").is_file()
    assert cli.main(["sample", str(folder), "--class", "level 3"]) == 2
    assert "--class level 3: there is no such class" in capsys.readouterr().err


def test_options_of_the_other_kind(sr, gan_runs, large, capsys):
    assert cli.main(["sample", str(sr[0]), "--interpolate", "lerp", "--to", "x"]) == 2
    refused = capsys.readouterr().err
    for flag in ("--interpolate", "--to"):
        assert f"{flag}: for a GAN (task=gan) that makes images from noise" in refused
    assert cli.main(["sample", str(gan_runs("dcgan")), str(large)]) == 2
    assert "for GANs from images" in capsys.readouterr().err
    assert cli.main(["sample", str(gan_runs("dcgan")), "--which", "lst"]) == 2
    assert "Did you mean 'last'" in capsys.readouterr().err


def test_drawn_maps_bring_their_legend_and_a_run_keeps_it_for_other_pictures(image_run, large):
    data = {"_target_": "artesano.data.pairs.blue_marble_map.BlueMarbleMap", "windows": 4, "batch_size": 4}
    folder, _ = image_run("resnet_translation", data=data)
    of_data = BlueMarbleMap(windows=4, crop=32).listing().legend
    assert of_data
    assert rows_of(folder).legend == of_data
    fields = record.read(folder)
    record.write(folder, fields | {"data": fields["data"] | {"legend": of_data}})
    whole = WholeImages(load_image_gan(folder))
    assert before_after.of_files(whole, [], [str(large / "0.png")]).legend == of_data
