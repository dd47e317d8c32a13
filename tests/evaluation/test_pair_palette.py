"""Scores of a palette are of maps: where photos are wanted there is none, and the table says why."""

from types import SimpleNamespace

import pytest
import torch

from artesano.data.pairs.blue_marble_map import BlueMarbleMap
from artesano.evaluation.pair_palette import palette_of

COLOURS = torch.tensor([[0.2, 0.4, 0.7], [0.9, 0.8, 0.6], [0.3, 0.6, 0.3]])


def unknown():
    """A listing that does not know what its targets are, as that of a folder."""
    return SimpleNamespace(targets=None, legend=[])


def drawn(noise):
    draw = torch.Generator().manual_seed(0)
    areas = COLOURS[torch.randint(0, 3, (6, 24, 24), generator=draw)].permute(0, 3, 1, 2)
    return (areas + noise * (torch.rand(areas.shape, generator=draw) - 0.5)).clamp(0, 1)


def test_flat_colours_have_a_palette_also_after_jpeg():
    for noise in (0.0, 8 / 255):
        palette, reason = palette_of(unknown(), [drawn(noise)], 8)
        assert reason is None
        assert palette.covered == pytest.approx(1.0)


def test_photos_have_none_and_the_reason_is_a_share_of_pixels():
    photos = torch.rand(6, 3, 24, 24, generator=torch.Generator().manual_seed(1))
    palette, reason = palette_of(unknown(), [photos], 8)
    assert palette is None
    assert reason.startswith("not measured: only ")
    assert "as in photos" in reason


def test_maps_drawn_by_us_are_read_by_their_legend_and_the_way_back_by_none():
    listings = {way: BlueMarbleMap(crop=64, windows=4, direction=way).listing() for way in ("AtoB", "BtoA")}
    palette, reason = palette_of(listings["AtoB"], [], 8)  # no target is read
    assert reason is None
    assert "sea" in palette.meanings
    palette, reason = palette_of(listings["BtoA"], [], 8)
    assert palette is None
    assert "photos" in reason
    assert listings["BtoA"].source_legend == listings["AtoB"].legend


def test_pictures_of_relief_keep_their_palette():
    listing = BlueMarbleMap(crop=64, windows=4, style="etopo1").listing()
    photos = torch.rand(4, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    assert palette_of(listing, [photos], 8)[1] is None
