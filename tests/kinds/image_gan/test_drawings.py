"""A drawing is translated on the paper that the run has learned from, and other paper is told."""

import numpy as np
import pytest
from PIL import Image

from artesano import cli
from artesano.data.pairs.paired_folder import PairedFolder
from artesano.data.pairs.paper import evident_paper
from artesano.data.pairs.source_look import look_at_sources
from artesano.kinds.image_gan.load import load_image_gan, paper_in

EDGES = {"_target_": "artesano.data.degradations.Edges"}
OPTIONS = {"norm": "none"}


@pytest.fixture
def edges(image_run):
    """A run of white lines on black, without the key of newer records."""
    return image_run("resnet_translation", options=OPTIONS, in_channels=1, degradation=EDGES)[0]


@pytest.fixture
def sketches(tmp_path):
    """The same few lines in four files."""
    drawn = np.zeros((20, 24), bool)
    drawn[5:7], drawn[:, 9:11] = True, True
    folder = tmp_path / "sketches"
    folder.mkdir()
    shades = np.where(drawn, 255, 0).astype(np.uint8)
    Image.fromarray(shades).save(folder / "on_black.png")
    Image.fromarray(255 - shades).save(folder / "on_white.png")
    for name, ink in (("white_ink", 255), ("black_ink", 0)):
        pixels = np.zeros((20, 24, 4), np.uint8)
        pixels[drawn] = (ink, ink, ink, 255)
        Image.fromarray(pixels).save(folder / f"{name}.png")
    return folder


def made(run, folder, *words):
    out = folder.parent / "-".join(["out", *words])
    assert cli.main(["predict", str(run), str(folder), "-o", str(out), *words]) == 0
    return {path.stem: Image.open(path) for path in out.iterdir()}


def same(first, second):
    return first.mode == second.mode and np.array_equal(np.asarray(first), np.asarray(second))


def test_transparent_paper_is_that_of_the_run(edges, sketches):
    results = made(edges, sketches)
    assert same(results["white_ink"], results["on_black"])  # and so all opaque
    assert not same(results["on_white"], results["on_black"])


def test_inverted_drawings_are_those_of_the_other_paper(edges, sketches):
    results, inverted = made(edges, sketches), made(edges, sketches, "--invert")
    for name in ("on_white", "black_ink"):
        assert same(inverted[name], results["on_black"])


def test_other_paper_is_told_with_the_remedy(edges, sketches, capsys):
    made(edges, sketches)
    lines = [line for line in capsys.readouterr().out.splitlines() if "used" in line]
    assert [line.split(": ")[-1] for line in sorted(lines)] == ["on_white.png", "black_ink.png"]
    assert all("--invert swaps black and white" in line for line in lines)
    made(edges, sketches, "--invert")
    lines = [line for line in capsys.readouterr().out.splitlines() if "used" in line]
    assert {line.split(": ")[-1] for line in lines} == {"on_black.png", "white_ink.png"}
    assert all("leave --invert out" in line for line in lines)


def test_before_and_after_show_what_the_generator_gets(edges, sketches, capsys):
    for words in ([], ["--invert"]):
        assert cli.main(["sample", str(edges), str(sketches), *words]) == 0
        assert capsys.readouterr().out.count("  1 used") == 2
    folders = sorted(path.name for path in (edges / "samples").rglob("strips.png"))
    assert len(folders) == 2
    assert cli.main(["sample", str(edges), "--invert"]) == 2


def test_from_python(edges, sketches, caplog):
    gan = load_image_gan(edges)
    wanted = gan.transform_image(sketches / "on_black.png")
    assert not caplog.records
    assert same(gan.transform_image(sketches / "black_ink.png", invert=True), wanted)
    assert not caplog.records
    gan.transform_image(sketches / "on_white.png")
    assert "invert=True swaps" in caplog.text


def test_photos_have_no_paper(image_run, sketches, capsys):
    run = image_run("resnet_translation", options=OPTIONS, in_channels=1)[0]
    results = made(run, sketches)
    assert "used" not in capsys.readouterr().out
    assert results["black_ink"].mode == "RGBA"  # its opacity
    assert same(results["black_ink"].convert("RGB"), results["on_white"])  # as training reads it


def test_restoration_has_no_use_for_it(image_run, sketches, capsys):
    run = image_run("srresnet", scale=2)[0]
    assert cli.main(["predict", str(run), str(sketches), "--invert"]) == 2
    assert "this is restoration" in capsys.readouterr().err


@pytest.mark.parametrize(("shade", "paper"), [(0, "black"), (255, "white"), (128, None)])
def test_the_paper_of_own_pairs(tmp_path, shade, paper):
    for side in "AB":
        (tmp_path / side).mkdir()
    for number in range(10):
        drawing = np.full((20, 20, 3), shade, np.uint8)
        drawing[number : number + 3] = 255 - shade
        Image.fromarray(drawing).save(tmp_path / "A" / f"{number}.png")
        Image.fromarray(drawing // 2).save(tmp_path / "B" / f"{number}.png")
    (tmp_path / "A" / "0.png").write_bytes((tmp_path / "A" / "0.png").read_bytes()[:60])
    look = look_at_sources(PairedFolder(root=str(tmp_path)).listing())
    assert (look.paper, look.blank, look.warning) == (paper, 0, "")
    assert evident_paper(drawing) == paper


@pytest.mark.parametrize("direction", ["AtoB", "BtoA"])
def test_sources_of_one_colour_are_told(tmp_path, caplog, direction):
    for side in "AB":
        (tmp_path / side).mkdir()
    for number in range(10):
        noise = np.random.default_rng(number).integers(0, 256, (20, 20, 3), dtype=np.uint8)
        Image.fromarray(noise).save(tmp_path / "A" / f"{number}.png")
        Image.new("RGB", (20, 20), (number, 0, 0)).save(tmp_path / "B" / f"{number}.png")
    words = ["data=paired_folder", f"data.root={tmp_path}", f"data.direction={direction}", "image_size=8"]
    assert cli.main(["train", "gan=pix2pix", *words, "data.batch_size=2", "dry_run=true"]) == 0
    assert ("all 7 sources that were looked at have one colour each" in caplog.text) == (direction == "BtoA")


def test_old_records_know_the_paper_of_edges():
    assert paper_in({"degradation": EDGES}) == "black"
    assert paper_in({"degradation": EDGES, "paper": "white"}) == "white"
    assert paper_in({"degradation": {"_target_": "artesano.data.degradations.Identity"}}) is None
