"""Metrics of maps: closed forms, edges that moved, colours that are right."""

from types import SimpleNamespace

import pytest
import torch

from artesano.config.options import Monitor
from artesano.evaluation.pair_kinds import Translation
from artesano.evaluation.pair_monitor import chosen
from artesano.metrics.palette import Palette
from artesano.metrics.translation import edge_ssim, hole_metrics, l1, psnr, ssim, translation_metrics

SEA, LAND, ROAD = [0.2, 0.4, 0.8], [0.3, 0.6, 0.2], [0.9, 0.9, 0.5]


def noise(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def mosaic(number=4, size=32, seed=0):
    """Maps of three colours, and the colour's number at each pixel."""
    kinds = torch.randint(0, 3, (number, size // 4, size // 4), generator=torch.Generator().manual_seed(seed))
    kinds = kinds.repeat_interleave(4, 1).repeat_interleave(4, 2)
    return torch.tensor([SEA, LAND, ROAD])[kinds].movedim(-1, 1), kinds


def test_closed_forms():
    real, _ = mosaic()
    fake = real + 0.1
    values = translation_metrics(fake, real)
    assert list(values) == ["l1", "ssim", "edge_ssim", "psnr_rgb"]
    assert values["l1"].numpy() == pytest.approx([0.1] * 4, abs=1e-6)
    assert values["psnr_rgb"].numpy() == pytest.approx([20] * 4, abs=1e-3)
    assert torch.equal(values["psnr_rgb"], psnr(fake, real))
    same = translation_metrics(real, real, Palette.fit([real], 3))
    assert same["l1"].max() == 0
    for name in ("ssim", "edge_ssim", "palette_accuracy", "palette_iou"):
        assert same[name].numpy() == pytest.approx([1] * 4, abs=1e-5), name


def test_l1_is_per_image():
    real = torch.zeros(2, 3, 4, 4)
    fake = torch.stack([torch.zeros(3, 4, 4), torch.ones(3, 4, 4)])
    assert l1(fake, real).tolist() == [0, 1]


def test_edges_are_blind_to_an_offset_and_see_a_blur():
    real, _ = mosaic()
    blurred = torch.nn.functional.avg_pool2d(real, 5, 1, 2, count_include_pad=False)
    assert edge_ssim(real * 0.9 + 0.05, real).min() > 0.98
    assert edge_ssim(real + 0.05, real).numpy() == pytest.approx([1] * 4, abs=1e-4)
    assert (edge_ssim(blurred, real) < 0.8).all()
    assert (edge_ssim(blurred, real) < ssim(blurred, real)).all()
    flat = real.mean((2, 3), keepdim=True).expand_as(real)
    assert (edge_ssim(flat, real) < edge_ssim(blurred, real)).all()


@pytest.mark.parametrize("size", [1, 2, 12])
def test_images_too_small_for_edges_are_nan(size):
    assert edge_ssim(noise(2, 3, size, size), noise(2, 3, size, size)).isnan().all()


def test_one_channel_and_many():
    for channels in (1, 2, 6):
        fake, real = noise(2, channels, 16, 16), noise(2, channels, 16, 16, seed=1)
        palette = Palette.fit([real], 4)
        assert all(value.isfinite().all() for value in translation_metrics(fake, real, palette).values())


# Palette ----------------------------------------------------------------------------------------------------------


def test_the_palette_finds_the_colours_of_maps():
    real, kinds = mosaic(8)
    palette = Palette.fit(real.split(3), 3)
    expected = torch.tensor(sorted([SEA, LAND, ROAD], key=sum))
    assert torch.allclose(palette.colours, expected, atol=1e-4)
    names = palette.nearest(real)
    for kind in range(3):
        assert len(names[kinds == kind].unique()) == 1


def test_the_palette_is_the_same_every_time_and_never_larger_than_the_colours_there_are():
    real, _ = mosaic()
    assert len(Palette.fit([real], 8).colours) == 3
    many = noise(4, 3, 32, 32)
    assert torch.equal(Palette.fit([many], 8).colours, Palette.fit([many], 8).colours)
    assert not torch.equal(Palette.fit([many], 8).colours, Palette.fit([many], 8, seed=1).colours)
    with pytest.raises(ValueError, match="at least one image"):
        Palette.fit([])


def test_palette_accuracy_is_the_share_of_right_pixels():
    """A quarter of the sea was taken for land; noise that leaves the nearest colour alone costs nothing."""
    palette = Palette(torch.tensor([SEA, LAND, ROAD]))
    real = torch.tensor(SEA).view(1, 3, 1, 1).repeat(1, 1, 8, 8)
    fake = (real + 0.05 * noise(1, 3, 8, 8)).clone()
    fake[..., :4, :4] = torch.tensor(LAND).view(3, 1, 1)
    accuracy, iou = palette.agreement(palette.nearest(fake), palette.nearest(real))
    assert accuracy.item() == 0.75
    assert iou.item() == pytest.approx((48 / 64 + 0 / 16) / 2)  # sea 48 of 64, land 0 of 16; no road in either


def test_a_wrong_map_of_the_right_colours_agrees_by_chance_alone():
    real, _ = mosaic(8)
    other, _ = mosaic(8, seed=5)
    palette = Palette.fit([real], 3)
    accuracy, iou = palette.agreement(palette.nearest(other), palette.nearest(real))
    assert accuracy.mean() == pytest.approx(1 / 3, abs=0.06)
    assert (iou < accuracy).all()


# Holes ------------------------------------------------------------------------------------------------------------


def test_only_the_hole_counts():
    real = noise(2, 3, 8, 8) * 0.5
    hole = torch.zeros(2, 1, 8, 8)
    hole[..., 2:6, 2:6] = 1
    fake = torch.where(hole.bool(), real + 0.1, torch.ones(()))
    values = hole_metrics(fake, real, hole)
    assert values["hole_l1"].numpy() == pytest.approx([0.1] * 2, abs=1e-6)
    assert values["hole_psnr"].numpy() == pytest.approx([20] * 2, abs=1e-3)
    assert hole_metrics(real, real, hole)["hole_psnr"].tolist() == [100, 100]


def test_a_run_that_goes_on_keeps_the_monitor_that_it_had():
    had = {"name": "val/l1", "mode": "min"}
    drawn = SimpleNamespace(
        measured=lambda: ["l1", "edge_ssim"], kind=Translation(None, drawn=True), while_training=True
    )
    assert chosen(Monitor("fd", "min"), drawn) == Monitor("val/edge_ssim", "max")
    assert chosen(Monitor("fd", "min"), drawn, had) == Monitor("val/l1", "min")
    assert chosen(Monitor("val/ssim", "max"), drawn, had) == Monitor("val/ssim", "max")
    nothing = SimpleNamespace(measured=list, kind=Translation(None), while_training=False)
    assert chosen(Monitor("fd", "min"), nothing, had) == Monitor("newest", "min")  # a branch that measures no more


def test_of_drawings_right_lines_in_wrong_colours_are_a_better_state_than_grey():
    real, kinds = mosaic()
    other = torch.tensor([SEA, ROAD, LAND])[(kinds + 1) % 3].movedim(-1, 1)  # each area with the colour of another
    grey = real.mean((0, 2, 3), keepdim=True).expand_as(real)
    for drawn, wanted in ((False, "grey"), (True, "other")):
        kind = Translation(None, drawn=drawn)
        monitor = kind.monitor()
        name = monitor.name.removeprefix("val/")
        values = {"grey": kind.values(grey, real, real, None), "other": kind.values(other, real, real, None)}
        means = {label: float(measured[name].mean()) for label, measured in values.items()}
        best = (max if monitor.mode == "max" else min)(means, key=means.__getitem__)
        assert best == wanted
