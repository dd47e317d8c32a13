"""F1 of lines: closed forms, what a pixel of tolerance forgives, and where there is no line."""

import pytest
import torch

from artesano.metrics.lines import coast, line_f1
from artesano.metrics.palette import Palette
from artesano.metrics.scale_consistency import scale_consistency
from artesano.metrics.translation import translation_metrics

LEGEND = [("sea", (0, 0, 255)), ("land", (0, 255, 0)), ("river", (255, 255, 255)), ("sea", (0, 0, 100))]


def drawn(rows, size=16):
    """bool [1, size, size] with these rows."""
    mask = torch.zeros(1, size, size, dtype=torch.bool)
    mask[:, rows] = True
    return mask


@pytest.mark.parametrize(
    ("fake", "real", "f1"),
    [
        ([5], [5], 1),
        ([6], [5], 1),  # a pixel off
        ([7], [5], 0),
        ([], [5], 0),
        ([5, 9], [5], 2 / 3),  # precision 1/2, recall 1
        ([5], [5, 9], 2 / 3),
        ([5], [], float("nan")),
        ([], [], float("nan")),
    ],
)
def test_closed_forms(fake, real, f1):
    assert line_f1(drawn(fake), drawn(real)).item() == pytest.approx(f1, nan_ok=True)


def test_every_image_has_its_own():
    fake, real = torch.cat([drawn([5]), drawn([1])]), torch.cat([drawn([5]), drawn([9])])
    assert line_f1(fake, real).tolist() == [1, 0]


def test_more_reach_forgives_more():
    assert line_f1(drawn([8]), drawn([5]), reach=3).item() == 1
    assert line_f1(drawn([9]), drawn([5]), reach=3).item() == 0


def test_the_coast_is_the_land_beside_the_sea_and_not_the_picture_s_border():
    sea = torch.zeros(1, 8, 8, dtype=torch.bool)
    assert not coast(sea).any()
    assert not coast(~sea).any()
    sea[:, :4] = True
    assert coast(sea)[0, 4].all()
    assert coast(sea).sum() == 8


def painted(kinds):
    """float [1, 3, H, W] of numbers into the legend."""
    return Palette.of_legend(LEGEND).colours[kinds].movedim(-1, 1)


def test_maps_are_scored_by_meaning_not_by_colour():
    """A sea in the other sea's colour has the coast right and the palette wrong."""
    kinds = torch.ones(1, 16, 16, dtype=torch.int64)
    kinds[:, :6], kinds[:, 10] = 0, 2
    other = torch.where(kinds == 0, 3, kinds)
    values = translation_metrics(painted(other), painted(kinds), Palette.of_legend(LEGEND))
    assert values["coast_f1"].item() == values["river_f1"].item() == 1
    assert values["palette_accuracy"].item() == pytest.approx(10 / 16)
    dry = torch.where(kinds == 2, 1, kinds)
    values = translation_metrics(painted(dry), painted(kinds), Palette.of_legend(LEGEND))
    assert (values["coast_f1"].item(), values["river_f1"].item()) == (1, 0)


def test_a_fitted_palette_and_a_legend_without_rivers_have_no_such_lines():
    images = painted(torch.arange(2).repeat_interleave(128).view(1, 16, 16))
    assert not {"coast_f1", "river_f1"} & set(translation_metrics(images, images, Palette.fit([images], 2)))
    assert "river_f1" not in translation_metrics(images, images, Palette.of_legend(LEGEND[:2]))


# Two zoom levels --------------------------------------------------------------------------------------------------


def test_the_same_ground_at_two_levels_agrees_whatever_the_colours():
    fine = torch.ones(1, 32, 32, dtype=torch.int64)
    fine[:, :14] = 0
    coarse = fine[:, ::2, ::2]
    other = torch.where(coarse == 0, 3, coarse)  # the other style's sea
    for drawn_as in (coarse, other):
        values = scale_consistency(painted(drawn_as), painted(fine), Palette.of_legend(LEGEND))
        assert {name: value.item() for name, value in values.items()} == {"sea_agreement": 1, "coast_agreement": 1}
    moved = scale_consistency(painted(coarse.roll(3, 1)), painted(fine), Palette.of_legend(LEGEND))
    assert moved["sea_agreement"].item() == pytest.approx(1 - 6 / 16)
    assert moved["coast_agreement"].item() < 0.1


def test_without_a_coast_there_is_no_agreement_of_coasts():
    land = painted(torch.ones(1, 16, 16, dtype=torch.int64))
    values = scale_consistency(land[..., ::4, ::4], land, Palette.of_legend(LEGEND))
    assert values["sea_agreement"].item() == 1
    assert values["coast_agreement"].isnan()
