"""Maps show the earth: known places, the ends of the world, lakes with islands; and only the colours of their style."""

import itertools

import numpy as np
import pytest

from artesano.data.pairs import drawn_map as drawing
from artesano.data.pairs import globe
from artesano.data.pairs.blue_marble import picture
from artesano.data.pairs.boundaries import ANTARCTICA, ISLAND, LAKE, LAND, POND, Boundary, read_boundaries
from artesano.data.pairs.drawn_map import cover, drawn_lines, drawn_map, lakes_of, land_of, shore
from artesano.data.pairs.map_styles import DRAWN, STYLES, legend

WORLD = {"top": 0, "bottom": 2700}  # rows of the whole picture
LEVEL = 256  # 3.75 px a degree


def box(kind, west, south, east, north):
    """A rectangle in degrees."""
    points = np.array([(west, south), (east, south), (east, north), (west, north), (west, south)], np.float32)
    return Boundary(kind, 1e6, 0, points)


def at(mask, east, north):
    """The pixel of a place on a mask of the whole world."""
    return mask[int((90 - north) * 3.75), int((east + 180) * 3.75)]


def rolled(pixels, east, north, level=LEVEL, split_seed=0):
    """The pixel of a place on a map that is rolled and cut as `globe` says."""
    factor = level // globe.BASE
    column = int((east + 180) * 15 - globe.start(split_seed)) % globe.WIDTH
    return tuple(int(value) for value in pixels[int((90 - north) * 15 - globe.TOP) // factor, column // factor])


def test_a_lake_on_land_an_island_in_it_and_a_pond_on_that():
    shapes = [box(LAND, 0, 0, 80, 60), box(LAKE, 16, 8, 64, 48), box(ISLAND, 24, 16, 56, 40), box(POND, 32, 20, 48, 32)]
    land, lakes = land_of(shapes, LEVEL, **WORLD), lakes_of(shapes, LEVEL, **WORLD)
    for east, wet in ((4, False), (20, True), (28, False), (40, True), (52, False), (60, True), (72, False)):
        assert at(land, east, 24)
        assert at(lakes, east, 24) == wet, east
    assert not at(land, 100, 24)
    assert lakes.sum() == pytest.approx((48 * 40 - 32 * 24 + 16 * 12) * 3.75**2, rel=0.03)


def test_an_island_over_the_dateline_has_no_line_through_it():
    halves = [box(LAND, 170, 10, 180, 20), box(LAND, -180, 10, -170, 20)]
    land = land_of(halves, LEVEL, **WORLD)
    row = int(75 * 3.75)
    assert land[row, -37:].all()
    assert land[row, :37].all()
    assert land.sum() == pytest.approx(20 * 10 * 3.75**2, rel=0.06)
    edge = shore(land, 1)
    assert not edge[row, 0]
    assert not edge[row, -1]
    assert edge[row].sum() == 2  # west and east, as anywhere else


def test_antarctica_reaches_the_pole():
    land = land_of([box(ANTARCTICA, 0, -90, 180, -70), box(ANTARCTICA, -180, -90, 0, -70)], LEVEL, **WORLD)
    assert land[-1].all()
    assert not shore(land, 2)[-1].any()
    assert shore(land, 1).sum() == land.shape[1]  # the coast alone
    shapes = read_boundaries("gshhs", "c")
    assert land_of(shapes, LEVEL, **WORLD)[int(176 * 3.75) :].all()  # south of 86 S
    assert not land_of((some for some in shapes if some.type == LAND), LEVEL, **WORLD)[int(176 * 3.75) :].any()


@pytest.mark.parametrize(
    ("place", "east", "north", "land", "lake"),
    [
        ("Sahara", 10, 23, True, False),
        ("Atlantic", -40, 0, False, False),
        ("Lake Victoria", 33, -1, True, True),
        ("Lake Superior", -87.5, 47.6, True, True),
        ("Manitoulin, an island in Lake Huron", -82.2, 45.75, True, False),
        ("Chukotka, west of 180", 178, 68, True, False),
        ("Chukotka, east of 180", -178, 67.5, True, False),
        ("Caspian Sea", 51, 40, True, True),
        ("Greenland", -42, 72, True, False),
        ("South Pole", 0, -89, True, False),
    ],
)
def test_places_of_the_earth(place, east, north, land, lake):
    shapes = read_boundaries("gshhs", "c")
    assert at(land_of(shapes, LEVEL, **WORLD), east, north) == land
    assert at(lakes_of(shapes, LEVEL, **WORLD), east, north) == lake


def test_a_third_of_the_earth_is_land():
    land = land_of(read_boundaries("gshhs", "c"), LEVEL, **WORLD)
    weights = np.cos(np.radians(90 - (np.arange(len(land)) + 0.5) / 3.75))
    assert np.average(land.mean(1), weights=weights) == pytest.approx(0.29, abs=0.01)


@pytest.mark.parametrize("split_seed", [0, 3])
def test_the_map_lies_on_the_photo(split_seed):
    """Shifted by a pixel they agree less, wherever the globe is cut."""
    start = globe.start(split_seed)
    red, green, blue = np.moveaxis(picture("bmng", start, 128).astype(int), 2, 0)
    sea = (blue > red + 12) & (blue > green + 8)
    drawn = (drawn_map("overview", start, 128) == STYLES["overview"].sea).all(2)
    agreement = {
        (down, right): (np.roll(drawn, (down, right), (0, 1)) == sea).mean()
        for down, right in itertools.product((-1, 0, 1), repeat=2)
    }
    assert max(agreement, key=agreement.get) == (0, 0)
    assert agreement[0, 0] > 0.98


@pytest.mark.parametrize("style", DRAWN)
def test_a_map_has_the_colours_of_its_style_and_no_others(style):
    pixels = drawn_map(style, globe.start(0), LEVEL)
    colours = {tuple(int(value) for value in colour) for colour in np.unique(pixels.reshape(-1, 3), axis=0)}
    assert colours == {colour for _, colour in legend([style])}
    assert rolled(pixels, -40, 0) == STYLES[style].sea
    assert rolled(pixels, 33, -1) == STYLES[style].lake
    assert rolled(pixels, 18, 21) == STYLES[style].land  # the Sahara
    assert rolled(pixels, -60, 4) == (STYLES[style].forest or STYLES[style].land)  # the forest north of the Amazon
    assert rolled(pixels, -44, 66) == STYLES[style].snow  # Greenland


def test_every_map_is_drawn_once_and_the_same_each_time():
    first = drawn_map("atlas", globe.start(0), LEVEL)
    assert drawn_map("atlas", globe.start(0), LEVEL) is first
    assert np.array_equal(drawing.drawn_map.__wrapped__("atlas", globe.start(0), LEVEL), first)
    assert not first.flags.writeable


def test_coarser_levels_leave_more_out():
    """Rivers and lakes in a square degree; the sea stays where it is."""
    start = globe.start(0)
    maps = {level: drawn_map("atlas", start, level) for level in (64, 128, 256)}
    pieces = {
        level: {
            role: (pixels == getattr(STYLES["atlas"], role)).all(2).sum() * level / globe.BASE
            for role in ("river", "lake")
        }
        for level, pixels in maps.items()
    }
    for role in ("river", "lake"):
        assert pieces[64][role] > pieces[128][role] > pieces[256][role] > 0
    sea = {level: (pixels == STYLES["atlas"].sea).all(2) for level, pixels in maps.items()}
    small = sea[64].reshape(486, 4, 1350, 4).mean((1, 3)) > 0.5
    assert (small == sea[256]).mean() > 0.97


def test_no_two_meanings_look_alike_in_any_two_styles():
    """Nearest colours say what a pixel means, also where levels have styles of their own."""
    colours = legend(DRAWN)
    for (meaning, one), (other, two) in itertools.combinations(colours, 2):
        if meaning != other:
            assert np.linalg.norm(np.subtract(one, two)) >= 24, (meaning, one, other, two)
    assert len(set(colours)) == len(colours)


def test_lines_are_as_wide_as_said_and_whole():
    river = Boundary(-1, -1, 0, np.array([(-50, 0), (0, 30), (50, 0)], np.float32))
    for width in (1, 2):
        line = drawn_lines([river], LEVEL, width, **WORLD)
        columns = line.sum(0)[int(131 * 3.75) : int(229 * 3.75)]
        assert columns.min() >= 1  # no gap
        assert width <= columns.mean() < width + 0.5  # it rises by less than a pixel a column


def test_the_shore_is_land_beside_the_sea():
    land = np.zeros((9, 12), bool)
    land[2:7, 3:9] = True
    assert shore(land, 1).sum() == 2 * 5 + 2 * 6 - 4
    assert not shore(land, 1)[3:6, 4:8].any()
    assert (land & ~shore(land, 2)).sum() == 1 * 2
    assert not shore(np.ones((4, 4), bool), 1).any()


def test_cover_of_the_land_does_not_see_the_sea():
    photo = np.zeros((8, 30, 3), np.uint8)
    photo[:, :10], photo[:, 10:20], photo[:, 20:] = (40, 90, 30), (200, 160, 110), (240, 240, 245)
    land = np.zeros((8, 30), bool)
    land[2:6] = True
    photo[~land] = (0, 0, 90)
    forest, snow = cover(photo, land)
    assert forest[2:6, :7].all()
    assert not forest[2:6, 13:17].any()
    assert snow[2:6, 23:].all()
    assert not snow[2:6, :17].any()
