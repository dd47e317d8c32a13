"""Strips keep every pixel at its place, and the slider page is one file that needs nothing else."""

import base64
import io
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
import torch
from PIL import Image

from artesano.figures.samples import sample_grid
from artesano.figures.slider import slider_page
from artesano.figures.strips import as_rgb, busiest, strips

pytestmark = pytest.mark.usefixtures("ink")


def noise(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def pixels(path):
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        return np.asarray(picture.convert("RGB"))


def holds(page, part):
    """Does `part` stand in `page` pixel by pixel?"""
    windows = np.lib.stride_tricks.sliding_window_view(page[..., 0], (4, 4))
    rows, columns = np.nonzero((windows == part[:4, :4, 0]).all((2, 3)))
    height, width = part.shape[:2]
    return any((page[y : y + height, x : x + width] == part).all() for y, x in zip(rows, columns, strict=True)
               if y + height <= len(page) and x + width <= page.shape[1])  # fmt: skip


# Strips -----------------------------------------------------------------------------------------------------------


def test_all_images_are_shown_and_a_small_input_pixel_by_pixel(tmp_path):
    columns = {"input": noise(2, 3, 25, 20), "model": noise(2, 3, 100, 80), "truth": noise(2, 3, 100, 80)[::-1]}
    strips(columns, tmp_path / "new" / "strips.png", detail=False)
    page = pixels(tmp_path / "new" / "strips.png")
    for row in range(2):
        assert holds(page, as_rgb(columns["input"][row]).repeat(8, 0).repeat(8, 1))
        assert holds(page, as_rgb(columns["model"][row]).repeat(2, 0).repeat(2, 1))


def test_details_are_enlarged_under_every_column(tmp_path):
    truth = np.full((3, 96, 96), 128, np.uint8)
    truth[:, 40:64, 60:84] = noise(3, 24, 24)
    model = noise(3, 96, 96)
    top, left, side = busiest(as_rgb(truth))
    assert side == 24
    assert abs(top - 40) <= 1
    assert abs(left - 60) <= 1
    strips({"model": [model], "truth": [truth]}, tmp_path / "strips.png")
    page = pixels(tmp_path / "strips.png")
    for image in (model, truth):
        crop = as_rgb(image)[top : top + side, left : left + side]
        assert holds(page, crop.repeat(8, 0).repeat(8, 1))


def test_the_detail_is_where_something_was_missing(tmp_path):
    truth = noise(3, 96, 96)
    emptied = truth.copy()
    emptied[:, 40:80, 8:48] = 128
    strips({"input": [emptied], "truth": [truth]}, tmp_path / "strips.png")
    page = pixels(tmp_path / "strips.png")
    inside = [(y, x) for y in range(40, 57) for x in range(8, 25)]
    crops = (as_rgb(truth)[y : y + 24, x : x + 24].repeat(8, 0).repeat(8, 1) for y, x in inside)
    assert any(holds(page, crop) for crop in crops)


def test_titles_and_captions_are_written(tmp_path):
    columns = {name: noise(2, 3, 64, 64) for name in ("input", "truth")}
    strips(columns, tmp_path / "bare.png", detail=False)
    strips(columns, tmp_path / "named.png", ["Año (1) = ñ.png", "a very long name that does not fit.tif"], detail=False)
    bare, named = pixels(tmp_path / "bare.png"), pixels(tmp_path / "named.png")
    margin = named.shape[1] - bare.shape[1]
    assert margin > 50
    assert (bare[:22] < 128).any()
    assert all((row < 160).any() for row in np.split(named[24 : 24 + 2 * ((len(named) - 24) // 2), :margin], 2))


def test_a_legend_below_has_every_colour_and_moves_no_pixel(tmp_path):
    legend = [("sea", (190, 222, 244)), ("land", (238, 216, 160)), ("sea", (44, 58, 84)), ("river", (36, 112, 206))]
    columns = {"x": noise(1, 3, 40, 40)}
    strips(columns, tmp_path / "bare.png")
    strips(columns, tmp_path / "legend.png", legend=legend)
    sample_grid(columns["x"], tmp_path / "grid.png", legend=legend)
    bare, page = pixels(tmp_path / "bare.png"), pixels(tmp_path / "legend.png")
    assert (page[: len(bare)] == bare).all()
    assert page.shape[1] == bare.shape[1]
    below = page[len(bare) :]
    for _, colour in legend:
        assert (below == colour).all(2).sum() >= 100
        assert (pixels(tmp_path / "grid.png") == colour).all(2).sum() >= 100
    places = [np.argwhere((below == colour).all(2)).min(0) for _, colour in legend]
    assert places[0][0] == places[2][0]  # both seas stand together, before their word
    assert 0 < places[2][1] - places[0][1] < 20


def test_a_legend_that_is_too_wide_has_several_rows(tmp_path):
    legend = [(f"meaning {number}", (number, 0, 200)) for number in range(20)]
    strips({"x": noise(1, 3, 40, 40)}, tmp_path / "legend.png", legend=legend)
    page = pixels(tmp_path / "legend.png")
    assert all((page == colour).all(2).any() for _, colour in legend)


def test_kinds_of_images_are_drawn_alike(tmp_path):
    image = noise(1, 3, 32, 32)
    for name, images in {"a": image, "b": torch.from_numpy(image) / 255, "c": torch.from_numpy(image)}.items():
        strips({"x": images}, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() == (tmp_path / "c").read_bytes()
    for channels in (1, 2, 5):
        strips({"x": noise(1, channels, 9, 8), "y": torch.full((1, channels, 3, 3), float("nan"))}, tmp_path / "d")
    assert as_rgb(np.array([[[-0.5, 2.0]]])).tolist() == [[[0] * 3, [255] * 3]]


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (33, 17), (1000, 1200), (401, 401)])
def test_any_size_is_neither_a_stamp_nor_a_poster(tmp_path, size):
    strips({"input": [noise(3, *size)], "truth": [noise(3, *size)]}, tmp_path / "strips.png")
    height, width, _ = pixels(tmp_path / "strips.png").shape
    assert 100 <= width <= 850
    assert height <= 850


def test_what_strips_refuse(tmp_path):
    for draw in (strips, slider_page):
        with pytest.raises(ValueError, match="at least one"):
            draw({}, tmp_path / "x")
        with pytest.raises(ValueError, match="different length"):
            draw({"a": noise(2, 3, 8, 8), "b": noise(1, 3, 8, 8)}, tmp_path / "x")
        with pytest.raises(ValueError, match="1 captions for 2 images"):
            draw({"a": noise(2, 3, 8, 8)}, tmp_path / "x", ["one"])
    with pytest.raises(ValueError, match="no column model, but a"):
        slider_page({"a": noise(1, 3, 8, 8)}, tmp_path / "x", after="model")
    assert not (tmp_path / "x").exists()


# The slider -------------------------------------------------------------------------------------------------------

VOID = {"meta", "img", "input"}


class Page(HTMLParser):
    """Every element with its attributes; open ones must be closed in order."""

    def __init__(self, text):
        super().__init__()
        self.found, self.open, self.text = [], [], {}
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text[self.open[-1] if self.open else ""] = data

    def all(self, tag):
        return [attrs for name, attrs in self.found if name == tag]


@pytest.fixture
def columns():
    return {"input": noise(2, 3, 8, 8), "</script><b>": noise(2, 3, 32, 24), "truth": noise(2, 3, 32, 24)}


def decoded(source):
    kind, _, data = source.partition(";base64,")
    assert kind in ("data:image/png", "data:image/jpeg")
    with Image.open(io.BytesIO(base64.b64decode(data, validate=True))) as picture:
        return np.asarray(picture.convert("RGB"))


def test_the_page_is_one_file_with_a_slider_for_each_image(columns, tmp_path):
    slider_page(columns, tmp_path / "new" / "page.html", ['a "quoted" <name>.png', "año"], title="x4 & more")
    text = (tmp_path / "new" / "page.html").read_text(encoding="utf-8")
    page = Page(text)
    assert len(page.all("figure")) == 2
    sliders = page.all("input")
    assert [slider["type"] for slider in sliders] == ["range", "range"]
    assert all(slider["aria-label"] for slider in sliders)
    images = page.all("img")
    assert len(images) == 4
    assert all(image["alt"] and (image["width"], image["height"]) == ("24", "32") for image in images)
    assert 'a "quoted" <name>.png: input' in {image["alt"] for image in images}
    for shown, column in zip(images[:2], ("</script><b>", "input"), strict=True):
        expected = as_rgb(columns[column][0])
        factor = 32 // expected.shape[0], 24 // expected.shape[1]
        assert (decoded(shown["src"]) == expected.repeat(factor[0], 0).repeat(factor[1], 1)).all()
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all("meta")
    assert "prefers-color-scheme: dark" in text


def test_nothing_is_fetched_and_nothing_escapes_its_element(columns, tmp_path):
    slider_page(columns, tmp_path / "page.html", ["<script>alert(1)</script>", "b"])
    text = (tmp_path / "page.html").read_text()
    page = Page(text)
    assert not re.search(r"https?://|url\(|@import|<link", text)
    assert len(page.all("script")) == 1
    assert not page.all("b")
    script = text.partition("<script>")[2].partition("</script>")[0]
    titles = json.loads(re.search(r"const titles = (.*);", script)[1])
    sources = json.loads(re.search(r"const sources = (.*);", script)[1])
    assert titles == list(columns)
    assert (decoded(sources[1][2]) == as_rgb(columns["truth"][1])).all()
    assert [option.get("value") for option in page.all("option") if "selected" in option] == ["0", "1"]


def test_which_columns_are_shown_first(columns, tmp_path):
    slider_page(columns, tmp_path / "a.html", before="truth", after="input")
    chosen = [
        option["value"] for option in Page((tmp_path / "a.html").read_text()).all("option") if "selected" in option
    ]
    assert chosen == ["2", "0"]
    slider_page(columns, tmp_path / "b.html", before="truth", after="input")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_large_images_do_not_make_a_page_that_no_phone_opens(tmp_path):
    slider_page({"a": noise(1, 3, 1500, 1400), "b": noise(1, 3, 1500, 1400)}, tmp_path / "page.html")
    images = [decoded(image["src"]) for image in Page((tmp_path / "page.html").read_text()).all("img")]
    assert [image.shape for image in images] == [(750, 700, 3)] * 2
