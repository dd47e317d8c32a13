"""Pictures keep their depth, opacity, orientation and colours; originals are untouched; one bad file stops no other."""

import json
import shlex
import shutil

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image

from artesano import cli
from artesano.data.io.images import load_image
from artesano.data.io.picture import Unusable, read_picture
from artesano.data.io.pixels import on_white
from artesano.data.io.tiff import read_tiff
from artesano.data.io.write import write_pixels
from artesano.kinds.image_gan.load import load_image_gan
from artesano.kinds.registry import of_run


def noise(height, width, channels=3, dtype=np.uint8):
    values = np.random.default_rng(height + width).random((height, width, channels))
    return values.astype(dtype) if dtype == np.float32 else (values * np.iinfo(dtype).max).astype(dtype)


def expected(run, pixels, label=None):
    """The generator on the whole array at once."""
    generator = run[1]
    white = 1 if pixels.dtype == np.float32 else np.iinfo(pixels.dtype).max
    source = torch.from_numpy(pixels.astype(np.float32) / white).permute(2, 0, 1)[None]
    with torch.no_grad():
        made = generator(source * 2 - 1, None if label is None else torch.tensor([label]))
    values = (made[0] / 2 + 0.5).clamp(0, 1).permute(1, 2, 0).numpy() * white
    return values if white == 1 else values.round()


def predict(run, *words):
    return cli.main(["predict", str(run[0]), *map(str, words)])


def read(path):
    found = read_picture(path, 0)
    return found.pixels if found.alpha is None else np.concatenate([found.pixels, found.alpha], 2)


def close(found, wanted, steps=1):
    white = 1 if found.dtype == np.float32 else np.iinfo(found.dtype).max
    assert found.shape == wanted.shape
    assert np.abs(found.astype(float) - wanted).max() <= (1e-3 if white == 1 else max(steps, white / 65535))


@pytest.fixture
def sr(image_run):
    return image_run("srresnet", scale=2)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_depth_stays(sr, tmp_path, dtype, suffix):
    if dtype == np.float32 and suffix == "png":
        pytest.skip("PNG holds no floats")
    pixels = noise(21, 34, dtype=dtype)
    path = tmp_path / "in" / f"a.{suffix}"
    write_pixels(path, pixels, alpha=False)
    assert predict(sr, path, "-o", tmp_path / "out", "--tile", 40) == 0
    found = read(tmp_path / "out" / f"a.{suffix}")
    assert found.dtype == dtype
    close(found, expected(sr, pixels))


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (3, 2), (17, 5), (65, 64)])
@pytest.mark.parametrize("name", ["srresnet", "unet", "swcgan"])
def test_any_size(image_run, tmp_path, size, name):
    options = {"unet": {"width": 4, "norm": "none"}, "swcgan": {"embed": 8, "blocks": 1, "layers": 2, "heads": 2}}
    run = image_run(name, scale=1 if name == "unet" else 2, options=options.get(name))
    pixels = noise(*size)
    (tmp_path / "in").mkdir()
    Image.fromarray(pixels).save(tmp_path / "in" / "a.bmp")
    assert predict(run, tmp_path / "in" / "a.bmp", "-o", tmp_path / "out") == 0
    close(read(tmp_path / "out" / "a.png"), expected(run, pixels))


def test_opacity_is_enlarged(sr, tmp_path):
    pixels = noise(20, 30, 4, np.uint16)
    pixels[..., 3] = 65535
    pixels[:, 15:, 3] = 0
    write_pixels(tmp_path / "in" / "a.png", pixels, alpha=True)
    Image.fromarray((pixels >> 8).astype(np.uint8)).save(tmp_path / "in" / "b.webp", lossless=True, exact=True)
    assert predict(sr, tmp_path / "in", "-o", tmp_path / "out") == 0
    for name, white in (("a", 65535), ("b", 255)):
        found = read(tmp_path / "out" / f"{name}.png")
        assert found.shape == (40, 60, 4)
        assert (found[:, :26, 3] == white).all()
        assert (found[:, 34:, 3] == 0).all()
        assert (np.diff(found[0, 28:32, 3].astype(int)) <= 0).all()
    close(read(tmp_path / "out" / "a.png")[..., :3], expected(sr, pixels[..., :3]))


def test_opacity_is_copied_where_the_size_stays(image_run, tmp_path):
    run = image_run("resnet_translation", options={"norm": "none"})
    pixels = noise(20, 30, 4)
    (tmp_path / "in").mkdir()
    Image.fromarray(pixels).save(tmp_path / "in" / "a.png")
    assert predict(run, tmp_path / "in", "-o", tmp_path / "out") == 0
    found = read(tmp_path / "out" / "a.png")
    assert np.array_equal(found[..., 3], pixels[..., 3])
    close(found[..., :3], expected(run, on_white(pixels)))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_and_gone(sr, tmp_path, orientation):
    (tmp_path / "in").mkdir()
    image = Image.fromarray(noise(12, 20))
    image.getexif()[0x0112] = orientation
    image.save(tmp_path / "in" / "a.jpg", exif=image.getexif(), quality=100)
    image.save(tmp_path / "in" / "b.png", exif=image.getexif())
    assert predict(sr, tmp_path / "in", "-o", tmp_path / "out") == 0
    for name in ("a.jpg", "b.png"):
        upright = np.asarray(load_image(tmp_path / "in" / name))
        assert upright.shape[:2] == ((12, 20) if orientation < 5 else (20, 12))
        path = tmp_path / "out" / f"{name[0]}.png"
        close(read(path), expected(sr, upright))
        assert Image.open(path).getexif().get(0x0112, 1) == 1


def test_sixteen_bits_are_turned_too(sr, tmp_path):
    pixels = noise(12, 20, dtype=np.uint16)
    write_pixels(tmp_path / "a.png", pixels, alpha=False)
    content = (tmp_path / "a.png").read_bytes()
    exif = Image.Exif()
    exif[0x0112] = 6
    block = exif.tobytes()[6:]
    import struct
    import zlib

    chunk = struct.pack(">I", len(block)) + b"eXIf" + block + struct.pack(">I", zlib.crc32(b"eXIf" + block))
    (tmp_path / "a.png").write_bytes(content[:33] + chunk + content[33:])
    assert np.array_equal(read_picture(tmp_path / "a.png", 3).pixels, np.rot90(pixels, -1))


def test_grey_and_colour(image_run, sr, tmp_path):
    grey, colour = noise(16, 18, 1), noise(16, 18)
    (tmp_path / "in").mkdir()
    Image.fromarray(grey[..., 0]).save(tmp_path / "in" / "grey.png")
    Image.fromarray(colour).save(tmp_path / "in" / "colour.png")
    assert predict(sr, tmp_path / "in", "-o", tmp_path / "a") == 0
    assert read(tmp_path / "a" / "grey.png").shape == (32, 36, 1)
    close(read(tmp_path / "a" / "grey.png")[..., 0], expected(sr, grey.repeat(3, 2)).mean(2), 2)

    of_greys = image_run("srresnet", scale=2, in_channels=1, out_channels=1)
    assert predict(of_greys, tmp_path / "in", "-o", tmp_path / "b") == 0
    close(read(tmp_path / "b" / "grey.png"), expected(of_greys, grey))
    planes = [expected(of_greys, colour[..., k : k + 1]) for k in range(3)]
    close(read(tmp_path / "b" / "colour.png"), np.concatenate(planes, 2))


def test_translation_refuses_colours_it_never_saw(image_run, tmp_path, capsys):
    run = image_run("resnet_translation", options={"norm": "none"}, in_channels=1, out_channels=3)
    grey = noise(16, 18, 1)
    (tmp_path / "in").mkdir()
    Image.fromarray(grey.repeat(3, 2)).save(tmp_path / "in" / "grey as colour.png")
    Image.fromarray(noise(16, 18)).save(tmp_path / "in" / "colour.png")
    assert predict(run, tmp_path / "in", "-o", tmp_path / "out") == 0
    close(read(tmp_path / "out" / "grey as colour.png"), expected(run, grey))
    assert (
        "colour.png: it has three channels (colour), and this run takes one channel (grey)" in capsys.readouterr().out
    )


def test_grey_saved_as_rgb_with_losses_is_grey(image_run, tmp_path, capsys):
    run = image_run("resnet_translation", options={"norm": "none"}, in_channels=1, out_channels=3)
    lines = noise(16, 18, 1) // 128 * 255  # a drawing
    place = tmp_path / "in" / "drawing.webp"
    place.parent.mkdir()
    Image.fromarray(lines.repeat(3, 2)).save(place, quality=80)
    saved = read(place)
    assert np.ptp(saved.astype(int), axis=2).max() > 0  # WebP gives back a little colour
    tinted = place.with_name("tinted.png")
    Image.fromarray(saved // 2 + np.array([60, 60, 0], np.uint8)).save(tinted)
    assert predict(run, place.parent, "-o", tmp_path / "out") == 0
    close(read(tmp_path / "out" / "drawing.png"), expected(run, saved[..., 1:2]))
    assert not (tmp_path / "out" / "tinted.png").exists()
    line = next(line for line in capsys.readouterr().out.splitlines() if "tinted.png" in line)
    assert "it has three channels (colour), and this run takes one channel (grey)" in line
    assert "save it in grey first" in line


def test_five_channels(image_run, tmp_path, capsys):
    run = image_run("srresnet", scale=2, in_channels=5, out_channels=5, bits=16)
    pixels = noise(14, 19, 5, np.uint16)
    write_pixels(tmp_path / "in" / "a.tif", pixels, alpha=False)
    write_pixels(tmp_path / "in" / "b.tif", pixels[..., :4], alpha=False)
    assert predict(run, tmp_path / "in", "-o", tmp_path / "out") == 0
    close(read_tiff(tmp_path / "out" / "a.tif").pixels, expected(run, pixels), 2)
    assert "b.tif: it has 4 channels, and this run takes 5 channels" in capsys.readouterr().out


def test_a_fourth_channel_is_no_opacity_where_the_run_takes_four(image_run, tmp_path):
    run = image_run("srresnet", scale=2, in_channels=4, out_channels=4)
    pixels = noise(14, 19, 4)
    write_pixels(tmp_path / "in" / "a.tif", pixels, alpha=True)
    assert predict(run, tmp_path / "in", "-o", tmp_path / "out") == 0
    close(read_tiff(tmp_path / "out" / "a.tif").pixels, expected(run, pixels))


def test_floats_must_lie_in_the_range(tmp_path):
    for name, values in {"far": [0, 9000], "nan": [0, np.nan], "near": [0, 1.004]}.items():
        write_pixels(tmp_path / f"{name}.tif", np.array(values, np.float32).reshape(1, 2, 1), alpha=False)
    for name in ("far", "nan"):
        with pytest.raises(Unusable, match="0 to 1"):
            read_picture(tmp_path / f"{name}.tif", 1)
    assert read_picture(tmp_path / "near.tif", 1).pixels.max() == 1


def test_modes_of_pillow(sr, tmp_path):
    (tmp_path / "in").mkdir()
    for mode in ("1", "L", "LA", "P", "CMYK", "I;16", "RGBA"):
        Image.new(mode, (9, 7)).save(tmp_path / "in" / f"{mode[0]}{len(mode)}.tif")
    Image.new("P", (9, 7)).save(tmp_path / "in" / "clear.gif", transparency=0)
    assert predict(sr, tmp_path / "in", "-o", tmp_path / "out") == 0
    channels = {path.name: read(path).shape[2] for path in (tmp_path / "out").iterdir()}
    assert channels == {
        "11.tif": 1,
        "L1.tif": 1,
        "L2.tif": 2,
        "P1.tif": 3,
        "C4.tif": 3,
        "I4.tif": 1,
        "R4.tif": 4,
        "clear.png": 4,
    }
    assert read(tmp_path / "out" / "I4.tif").dtype == np.uint16


def test_profile_goes_with_the_colours(sr, image_run, tmp_path):
    from PIL.ImageCms import ImageCmsProfile, createProfile

    profile = ImageCmsProfile(createProfile("sRGB")).tobytes()
    (tmp_path / "in").mkdir()
    Image.fromarray(noise(8, 8)).save(tmp_path / "in" / "a.png", icc_profile=profile)
    Image.fromarray(noise(8, 8)).save(tmp_path / "in" / "b.tif", icc_profile=profile)
    assert predict(sr, tmp_path / "in", "-o", tmp_path / "out") == 0
    for name in ("a.png", "b.tif"):
        assert Image.open(tmp_path / "out" / name).info["icc_profile"] == profile
    other = image_run("resnet_translation", options={"norm": "none"})
    assert predict(other, tmp_path / "in" / "a.png", "-o", tmp_path / "map") == 0
    assert "icc_profile" not in Image.open(tmp_path / "map" / "a.png").info


@pytest.fixture
def tree(tmp_path):
    """Pictures in folders, one of them broken, one no picture at all."""
    root = tmp_path / "Año (1) = ñ, ~ it's"
    for place in ("a.png", "deep/er/b.jpg", "deep/a.png"):
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise(10, 14)).save(root / place)
    shutil.copy(root / "a.png", root / "deep" / "broken.png")
    content = (root / "deep" / "broken.png").read_bytes()
    (root / "deep" / "broken.png").write_bytes(content[: len(content) // 2])
    (root / "readme.txt").write_text("no picture")
    return root


def state(root):
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in root.rglob("*") if path.is_file()}


def test_folder_goes_to_the_run_and_originals_stay(sr, tree, capsys):
    before = state(tree)
    assert predict(sr, tree) == 0
    out = capsys.readouterr().out
    home = sr[0] / "predictions" / tree.name
    assert sorted(str(path.relative_to(home)) for path in home.rglob("*.*")) == ["a.png", "deep/a.png", "deep/er/b.png"]
    assert state(tree) == before
    assert "3 of 4 images written" in out
    assert str(tree / "deep" / "broken.png") in out
    assert "Next:" in out
    close(read(home / "a.png"), expected(sr, np.asarray(Image.open(tree / "a.png"))))


def test_dark_images_and_frames_are_told(sr, tmp_path, capsys):
    (tmp_path / "odd").mkdir()
    tifffile.imwrite(tmp_path / "odd" / "dark.tif", np.full((12, 12, 3), 900, np.uint16), photometric="rgb")
    tifffile.imwrite(tmp_path / "odd" / "pages.tif", np.full((2, 12, 12, 3), 9, np.uint8), photometric="rgb")
    tifffile.imwrite(tmp_path / "odd" / "plain.tif", np.full((12, 12, 3), 9, np.uint8), photometric="rgb")
    assert predict(sr, tmp_path / "odd") == 0
    out = capsys.readouterr().out
    assert "1 used (almost black: its numbers end far below 65535" in out
    assert "1 used (the first of several frames or pages is used): pages.tif" in out


def test_results_stay_unless_told(sr, tree, tmp_path, capsys):
    out = tmp_path / "out"
    predict(sr, tree, "-o", out)
    (out / "a.png").write_text("mine")
    first = state(out)
    assert predict(sr, tree, "-o", out) == 0
    assert "3 were there already" in capsys.readouterr().out
    assert state(out) == first
    assert predict(sr, tree, "-o", out, "--overwrite") == 0
    assert (out / "a.png").read_bytes() != b"mine"
    assert not list(out.rglob(".*"))


def test_originals_are_no_place_for_results(sr, tree, capsys):
    before = state(tree)
    for words in ([tree], [tree / "a.png"], [tree, "--overwrite"], [tree / "deep" / "a.png", tree / "a.png"]):
        assert predict(sr, *words, "-o", tree) == 2
        assert "input images, which are never" in capsys.readouterr().err
    assert state(tree) == before


def test_a_folder_inside_of_the_pictures_is_not_read_again(sr, tree):
    for _ in range(2):
        assert predict(sr, tree, "-o", tree / "results", "--overwrite") == 0
    assert sorted(path.name for path in (tree / "results").rglob("*.png")) == ["a.png", "a.png", "b.png"]


def test_a_link_to_an_original_is_not_followed(sr, tree, tmp_path):
    before = state(tree)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.png").symlink_to(tree / "a.png")
    assert predict(sr, tree / "a.png", "-o", tmp_path / "out", "--overwrite") == 2
    assert state(tree) == before


def test_names_that_would_meet(sr, tmp_path, capsys):
    for place in ("x/a.png", "x/a.jpg", "y/a.png", "z/x/a.png"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise(5, 5)).save(tmp_path / place)
    out = tmp_path / "out"
    assert predict(sr, tmp_path / "x", tmp_path / "y", "-o", out) == 0
    assert sorted(str(p.relative_to(out)) for p in out.rglob("*.png")) == ["x/a_jpg.png", "x/a_png.png", "y/a.png"]
    assert predict(sr, tmp_path / "y", tmp_path / "z/x", tmp_path / "x/a.png", "-o", tmp_path / "b") == 0
    assert predict(sr, tmp_path / "x/a.png", tmp_path / "y/a.png", "-o", tmp_path / "c") == 2
    assert "two inputs" in capsys.readouterr().err


def test_all_broken_is_a_failure(sr, tree):
    assert predict(sr, tree / "deep" / "broken.png") == 1


def test_the_printed_command_has_the_label_that_it_needs(image_run, tmp_path, monkeypatch, capsys):
    options = {"width": 4, "norm": "none"}
    run = image_run("unet", options=options, conditional=True, classes=["it's level 1", "level ñ"])
    (tmp_path / "in").mkdir()
    Image.fromarray(noise(32, 32)).save(tmp_path / "in" / "a.png")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["sample", str(run[0]), "in"]) == 0
    said = [line.strip() for line in capsys.readouterr().out.splitlines()]
    (at_its_end,) = [line for line in of_run(run[0]).next_steps(str(run[0]), load_image_gan(run[0]).record["model"])
                     if " predict " in line]  # fmt: skip
    for line in (*(line for line in said if line.startswith("artesano predict")), at_its_end):
        copied = line.replace("<images>", "in").replace("<image or folder>", "in")
        assert cli.main([*shlex.split(copied)[1:], "--overwrite"]) == 0
    assert cli.main(["embed", str(run[0]), "in"]) == 2
    assert "--label" in capsys.readouterr().err


def test_labels(image_run, tmp_path, capsys):
    run = image_run(
        "resnet_translation",
        options={"norm": "instance", "conditioning": "batch_norm"},
        classes=["level 1", "level ñ"],
        conditional=True,
    )
    pixels = noise(20, 20)
    (tmp_path / "in").mkdir()
    Image.fromarray(pixels).save(tmp_path / "in" / "a.png")
    assert predict(run, tmp_path / "in") == 2
    assert "--label <one of level 1, level ñ>" in capsys.readouterr().err
    assert predict(run, tmp_path / "in", "--label", "level n") == 2
    assert "Did you mean 'level" in capsys.readouterr().err
    for label, name in enumerate(["level 1", "1"]):
        assert predict(run, tmp_path / "in", "--label", name) == 0
        (path,) = (run[0] / "predictions" / name.replace(" ", "-")).rglob("*.png")
        close(read(path), expected(run, pixels, label))
    assert not np.array_equal(expected(run, pixels, 0), expected(run, pixels, 1))
    plain = image_run("srresnet", scale=2)
    assert predict(plain, tmp_path / "in", "--label", "1") == 2
    assert "takes no labels" in capsys.readouterr().err


def test_results_of_other_pictures_of_the_same_names(sr, tmp_path, capsys):
    """What lies in the run's folder is only kept where it was made of this very picture."""
    for number, parent in enumerate("ab"):
        (tmp_path / parent / "photos").mkdir(parents=True)
        Image.fromarray(noise(12 + number, 9)).save(tmp_path / parent / "photos" / "1.png")
    result = sr[0] / "predictions" / "photos" / "1.png"
    assert predict(sr, tmp_path / "a" / "photos") == 0
    first = read(result)
    assert predict(sr, tmp_path / "a" / "photos") == 0
    assert "1 were there already" in capsys.readouterr().out
    assert predict(sr, tmp_path / "b" / "photos") == 2
    assert f"was made of {tmp_path / 'a' / 'photos' / '1.png'}; give another folder" in capsys.readouterr().err
    assert np.array_equal(read(result), first)
    Image.fromarray(noise(14, 9)).save(tmp_path / "a" / "photos" / "1.png")
    assert predict(sr, tmp_path / "a" / "photos") == 0  # another picture by now
    assert not np.array_equal(read(result), first)
    second = read(result)
    (tmp_path / "a" / "photos" / "1.png").write_bytes(b"torn")
    for _ in range(2):  # the old result stays, and is never taken for that of the new file
        assert predict(sr, tmp_path / "a" / "photos") == 1
        assert np.array_equal(read(result), second)
    assert predict(sr, tmp_path / "b" / "photos", "--overwrite") == 0
    assert predict(sr, tmp_path / "b" / "photos") == 0
    assert "1 were there already" in capsys.readouterr().out


def test_results_of_a_run_that_was_trained_on_are_made_anew(sr, tmp_path, capsys):
    (tmp_path / "photos").mkdir()
    Image.fromarray(noise(12, 9)).save(tmp_path / "photos" / "1.png")
    result = sr[0] / "predictions" / "photos" / "1.png"
    assert predict(sr, tmp_path / "photos") == 0
    first = read(result)
    best = sr[0] / "checkpoints" / "best.ckpt"
    saved = torch.load(best, weights_only=True)
    saved["state_dict"] = {name: value * 1.5 for name, value in saved["state_dict"].items()}
    torch.save(saved, best)
    assert predict(sr, tmp_path / "photos") == 0
    assert capsys.readouterr().out.count("1 of 1 images written") == 2
    assert not np.array_equal(read(result), first)


def test_results_stay_where_the_run_was_moved_and_from_before_weights_were_noted(sr, tmp_path, capsys):
    (tmp_path / "photos").mkdir()
    Image.fromarray(noise(12, 9)).save(tmp_path / "photos" / "1.png")
    assert predict(sr, tmp_path / "photos") == 0
    moved = shutil.copytree(sr[0], tmp_path / "elsewhere", copy_function=shutil.copy)  # with other times
    sources = moved / "predictions" / "sources.json"
    for _ in range(2):
        capsys.readouterr()
        assert predict((moved,), tmp_path / "photos") == 0
        assert "1 were there already" in capsys.readouterr().out
        former = {name: facts[:3] for name, facts in json.loads(sources.read_text()).items()}
        sources.write_text(json.dumps(former))


def test_a_run_beside_a_file_of_weights(sr, tmp_path, capsys):
    assert cli.main(["predict", "1", "--weights", str(tmp_path / "x4.pth"), str(tmp_path)]) == 2
    assert "1: a run, and --weights stands in its place" in capsys.readouterr().err


def test_a_link_to_nowhere_stops_no_other_picture(sr, tmp_path, capsys):
    (tmp_path / "photos").mkdir()
    Image.fromarray(noise(12, 9)).save(tmp_path / "photos" / "a.png")
    (tmp_path / "photos" / "b.png").symlink_to(tmp_path / "nowhere.png")
    for _ in range(2):
        assert predict(sr, tmp_path / "photos") == 0
        assert "b.png: no such file" in capsys.readouterr().out.replace("\n", "")
    assert (sr[0] / "predictions" / "photos" / "a.png").is_file()


def test_floats_of_a_pfm_become_a_tiff(image_run, tmp_path):
    run = image_run("srresnet", scale=2, in_channels=1, out_channels=1)
    (tmp_path / "in").mkdir()
    grey = noise(12, 9, 1, np.float32)
    Image.fromarray(grey[..., 0]).save(tmp_path / "in" / "a.pfm")
    Image.fromarray(noise(12, 9)).save(tmp_path / "in" / "b.png")
    assert predict(run, tmp_path / "in", "-o", tmp_path / "out") == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.tif", "b.png"]
    close(read(tmp_path / "out" / "a.tif"), expected(run, grey))
    with pytest.raises(OSError, match="floats, which a PNG cannot hold"):
        write_pixels(tmp_path / "a.png", grey, alpha=False)
    assert not (tmp_path / "a.png").exists()


class TestInpainting:
    @pytest.fixture
    def run(self, image_run):
        return image_run("unet", options={"width": 4, "norm": "none"}, image_to_image="inpainting", in_channels=4)

    @pytest.fixture
    def picture(self, tmp_path):
        (tmp_path / "in").mkdir()
        pixels = noise(30, 40)
        Image.fromarray(pixels).save(tmp_path / "in" / "a.png")
        hole = np.zeros((30, 40), bool)
        hole[8:20, 10:25] = True
        return pixels, hole

    def filled(self, run, pixels, hole):
        source = pixels.copy()
        source[hole] = pixels[~hole].mean(0).round()
        mask = (hole * 255).astype(np.uint8)[..., None]
        return np.where(hole[..., None], expected(run, np.concatenate([source, mask], 2)), pixels)

    def test_the_mask_is_filled_and_the_rest_stays(self, run, picture, tmp_path):
        pixels, hole = picture
        Image.fromarray(hole).save(tmp_path / "mask.png")
        (tmp_path / "masks").mkdir()
        Image.fromarray(hole).save(tmp_path / "masks" / "a.tif")
        for number, mask in enumerate(("mask.png", "masks")):
            out = tmp_path / str(number)
            assert predict(run, tmp_path / "in", "--mask", tmp_path / mask, "-o", out) == 0
            found = read(out / "a.png")
            assert np.array_equal(found[~hole], pixels[~hole])
            close(found, self.filled(run, pixels, hole))
            assert not np.array_equal(found[hole], pixels[hole])

    def test_what_is_transparent_is_missing(self, run, picture, tmp_path):
        pixels, hole = picture
        opacity = np.where(hole, 0, 255).astype(np.uint8)[..., None]
        write_pixels(tmp_path / "in" / "a.png", np.concatenate([pixels, opacity], 2), alpha=True)
        assert predict(run, tmp_path / "in", "-o", tmp_path / "out") == 0
        found = read(tmp_path / "out" / "a.png")
        assert found.shape == (30, 40, 3)
        close(found, self.filled(run, pixels, hole))

    def test_a_mask_with_black_for_white_is_told(self, run, picture, tmp_path, capsys):
        for mask, told in ((picture[1], False), (~picture[1], True)):
            Image.fromarray(mask).save(tmp_path / "mask.png")
            assert predict(run, tmp_path / "in", "--mask", tmp_path / "mask.png", "--overwrite") == 0
            assert ("white is missing" in " ".join(capsys.readouterr().out.split())) is told

    def test_another_mask_of_that_name_makes_another_result(self, run, picture, tmp_path):
        pixels, hole = picture
        result = run[0] / "predictions" / "in" / "a.png"
        for mask in (hole, ~hole):
            Image.fromarray(mask).save(tmp_path / "mask.png")
            assert predict(run, tmp_path / "in", "--mask", tmp_path / "mask.png") == 0
            close(read(result), self.filled(run, pixels, mask))

    def test_masks_that_do_not_fit(self, run, sr, picture, tmp_path, capsys):
        Image.new("L", (5, 5), 255).save(tmp_path / "small.png")
        Image.new("L", (40, 30), 0).save(tmp_path / "black.png")
        (tmp_path / "masks").mkdir()
        Image.new("L", (5, 5), 255).save(tmp_path / "masks" / "b.png")
        said = {
            "small.png": "40 x 30 px, and its mask",
            "black.png": "no pixel is missing",
            "masks": "holds no mask called a",
        }
        for mask, reason in said.items():
            assert predict(run, tmp_path / "in", "--mask", tmp_path / mask) == 1
            assert reason in capsys.readouterr().out
        assert predict(run, tmp_path / "in") == 1
        assert "no mask" in capsys.readouterr().out
        assert predict(run, tmp_path / "in", "--mask", tmp_path / "smal.png") == 2
        assert "Did you mean 'small.png'" in capsys.readouterr().err
        assert predict(sr, tmp_path / "in", "--mask", tmp_path / "small.png") == 2
        assert "not an inpainting run" in capsys.readouterr().err


def test_runs_of_other_kinds(sr, run, gan_runs, photos, tmp_path, capsys):
    picture = photos / "rojo" / "0.png"
    assert predict((gan_runs("dcgan"),), picture) == 2
    assert "artesano sample" in capsys.readouterr().err
    assert predict(run, picture, "--tile", "64") == 2
    assert "--tile" in capsys.readouterr().err
    assert predict(sr, picture, "--format", "csv") == 2
    assert "--format" in capsys.readouterr().err
    for command in (["embed"], ["evaluate"]):
        if command == ["embed"]:
            assert cli.main([*command, str(sr[0]), str(picture)]) == 2
            assert "artesano predict" in capsys.readouterr().err
    assert predict(run, picture) == 0


def test_the_same_bytes_each_time(sr, tree, tmp_path):
    for name in ("one", "two"):
        assert predict(sr, tree / "a.png", "-o", tmp_path / name) == 0
    assert (tmp_path / "one" / "a.png").read_bytes() == (tmp_path / "two" / "a.png").read_bytes()


def test_memory_that_runs_out_is_told_of_the_file(sr, tree, tmp_path, capsys, monkeypatch):
    def full(self, source, label=None):
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr("artesano.kinds.image_gan.load.LoadedImageGan.__call__", full)
    assert predict(sr, tree / "a.png", "-o", tmp_path / "out", "--tile", "500") == 1
    assert "memory ran out, even with tiles of" in capsys.readouterr().out


def test_loaded_in_eval_mode(sr):
    gan = load_image_gan(sr[0])
    assert not gan.generator.training
    assert (gan.scale, gan.crop, gan.averaged) == (2, 16, True)
