"""Samples depend on the seed alone, show what was asked for, and lie where they are said to lie."""

import numpy as np
import pytest
import torch
from PIL import Image

from artesano import cli
from artesano.errors import BadInput
from artesano.kinds.gan import memorisation as memorising
from artesano.kinds.gan import sample_files
from artesano.kinds.gan import sample_pictures as sample
from artesano.kinds.gan.generator import SampleOptions
from artesano.kinds.gan.load import load_gan

pytestmark = pytest.mark.slow


@pytest.fixture
def spied(gan_runs):
    """`spied("cdcgan")`: a loaded GAN, and the list of (z, labels) that its generator is asked for from now on."""

    def loaded(name, *words):
        gan, calls = load_gan(gan_runs(name, *words)), []
        gan.generator.register_forward_pre_hook(lambda _, inputs: calls.append(inputs))
        return gan, calls

    return loaded


def size(path):
    with Image.open(path) as picture:
        return picture.size


def test_the_seed_decides_every_pixel(gan_runs):
    gan = load_gan(gan_runs("cdcgan"))
    first, again, other = (sample.samples(gan, SampleOptions(seed), 12) for seed in (3, 3, 4))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])
    before = torch.random.get_rng_state()
    gan(first[2], first[1])
    assert torch.equal(torch.random.get_rng_state(), before)


def test_dropout_when_sampling_is_seeded_too(gan_runs):
    gan = load_gan(gan_runs("dcgan", "hacks.generator_dropout=0.5", "hacks.dropout_at_test=true"))
    z, labels = gan.draw(4, 0)
    assert torch.equal(gan(z, labels, 1), gan(z, labels, 1))
    assert not torch.equal(gan(z, labels, 1), gan(z, labels, 2))


def test_grid_is_as_wide_as_its_images(gan_runs, capsys):
    folder = gan_runs("dcgan")
    assert cli.main(["sample", str(folder)]) == 0
    width, height = size(folder / "samples" / "grid.png")
    assert width == height == 8 * (4 * 16 + 1) + 1
    said = capsys.readouterr().out
    assert f"64 samples: {folder / 'samples' / 'grid.png'}" in said
    assert said.count("  artesano ") == 3
    first = (folder / "samples" / "grid.png").read_bytes()
    assert cli.main(["sample", str(folder), "--seed", "0"]) == 0
    assert (folder / "samples" / "grid.png").read_bytes() == first


def test_rows_per_class_ask_for_the_class_with_the_same_noise(spied, tmp_path):
    gan, calls = spied("cdcgan")
    assert sample.per_class(gan, SampleOptions(), tmp_path / "rows.png") == []
    z, labels = calls[0]
    assert labels.tolist() == [label for label in range(3) for _ in range(sample.COLUMNS)]
    assert torch.equal(z[:10], z[10:20])
    assert torch.equal(z[:10], z[20:])
    calls.clear()
    sample.per_class(gan, SampleOptions(labels=(2, 0)), tmp_path / "rows.png")
    assert calls[0][1].tolist() == [2] * 10 + [0] * 10


def test_classes_asked_for_get_equal_shares_in_order(gan_runs):
    gan = load_gan(gan_runs("cdcgan"))
    assert sample.samples(gan, SampleOptions(labels=(2, 0)), 6)[1].tolist() == [2, 2, 2, 0, 0, 0]
    _, labels = gan.draw(300, "share")
    assert labels.bincount(minlength=3).min() > 60


def test_interpolation_begins_and_ends_at_the_ends_either_way(spied, tmp_path):
    gan, calls = spied("cdcgan")
    sample.interpolate(gan, SampleOptions(), tmp_path / "both.png", "both")
    z = torch.cat([inputs[0] for inputs in calls]).view(4, 2, 10, -1)  # rows, ways, columns
    labels = torch.cat([inputs[1] for inputs in calls]).view(4, 20)
    assert (labels == labels[:, :1]).all()
    drawn, _ = gan.draw_for(SampleOptions(), 8, "ends")
    for way in range(2):
        torch.testing.assert_close(z[:, way, 0], drawn[:4])
        torch.testing.assert_close(z[:, way, -1], drawn[4:])
    lengths = z.norm(dim=-1)
    assert (lengths[:, 0, 4] < lengths[:, 1, 4]).all()  # the straight line cuts through the sphere
    assert (lengths[:, 1] > 0.95 * lengths[:, 1, [0, -1]].min(1, keepdim=True).values).all()


def test_truncation_bounds_the_noise_and_leaves_codes(gan_runs):
    gan = load_gan(gan_runs("infogan"))
    z, _ = gan.draw_for(SampleOptions(truncation=0.7), 200)
    free, _ = gan.draw_for(SampleOptions(), 200)
    assert z[:, : gan.latent.size].abs().max() <= 0.7 + 1e-6
    assert torch.equal(gan.latent.codes(z), gan.latent.codes(free))
    assert free[:, : gan.latent.size].abs().max() > 2
    for threshold in (0.0, -1.0, float("nan")):
        with pytest.raises(BadInput, match="above 0"):
            gan.draw_for(SampleOptions(truncation=threshold), 2)
    with pytest.raises(BadInput, match="uniform"):
        load_gan(gan_runs("dcgan", "hacks.latent=uniform")).draw_for(SampleOptions(truncation=0.7), 2)


def test_a_traversal_moves_one_code_over_the_same_noise(spied, tmp_path):
    gan, calls = spied("infogan")
    sample.traversals(gan, SampleOptions(), tmp_path / "codes.png", rows=2)
    noise = gan.latent.size
    assert len(calls) == 3 * 2  # a discrete code and two continuous ones, two rows each
    for call, (z, _) in enumerate(calls):
        assert (z[:, :noise] == z[:1, :noise]).all()
        moving = (gan.latent.codes(z) != gan.latent.codes(z)[0]).any(0).nonzero().flatten().tolist()
        assert moving == [[*range(10)], [10], [11]][call // 2]
    assert torch.equal(gan.latent.codes(calls[0][0])[:, :10], torch.eye(10))
    torch.testing.assert_close(gan.latent.codes(calls[2][0])[:, 10], torch.linspace(-2, 2, 10))


def test_walk_is_a_closed_loop_of_small_steps(spied, tmp_path):
    gan, calls = spied("dcgan")
    sample.walk(gan, SampleOptions(), tmp_path / "walk.gif", count=4)
    z = torch.stack([inputs[0] for inputs in calls])
    steps = (z - z.roll(-1, 0)).norm(dim=2)  # the last of them closes the loop
    assert steps.max() < 3 * steps.mean()
    with Image.open(tmp_path / "walk.gif") as film:
        assert film.n_frames == sample.STOPS * sample.BETWEEN
    with pytest.raises(BadInput, match=r"\.gif or \.mp4"):
        sample.walk(gan, SampleOptions(), tmp_path / "walk.png")


def test_npz_holds_what_made_the_images(gan_runs, tmp_path):
    for name, conditional in (("cdcgan", True), ("dcgan", False)):
        folder = gan_runs(name)
        path = tmp_path / f"{name}.npz"
        assert cli.main(["sample", str(folder), "--count", "9", "--to", str(path), "--seed", "5"]) == 0
        with np.load(path) as stored:
            images, labels, z = (torch.from_numpy(stored[key]) for key in ("images", "labels", "z"))
        assert images.shape == (9, 16, 16, 3)
        assert images.dtype == torch.uint8
        assert (labels >= 0).all() if conditional else (labels == -1).all()
        gan = load_gan(folder)
        assert torch.equal(gan(z, labels.clamp(min=0)), images.permute(0, 3, 1, 2))


def test_single_files_are_numbered_and_named(gan_runs, tmp_path):
    folder, place = gan_runs("cdcgan"), tmp_path / "out"
    words = ["sample", str(folder), "--count", "2", "--class", "x, y", "--class", "ñandú", "--to", f"{place}/"]
    assert cli.main(words) == 0
    assert sorted(path.name for path in place.iterdir()) == ["000001_x-y.png", "000002_ñandú.png"]
    expected = sample.samples(load_gan(folder), SampleOptions(labels=(1, 2)), 2)[0]
    with Image.open(place / "000001_x-y.png") as picture:
        assert np.array_equal(np.asarray(picture), expected[0].permute(1, 2, 0).numpy())
    with pytest.raises(BadInput, match="not empty"):
        sample_files.check_place(str(place))
    with pytest.raises(BadInput, match=r"\.npz"):
        sample_files.check_place(str(tmp_path / "grid.png"))
    assert sample_files.pixels(np.zeros((2, 1, 4, 4), np.uint8)).shape == (2, 4, 4)


def test_a_generator_that_returns_training_images_is_found_out(gan_runs, tmp_path):
    gan = load_gan(gan_runs("dcgan"))
    loaders = memorising.run_loaders(gan)
    features = lambda images: images.flatten(1).float()  # noqa: E731
    rows = torch.tensor([3, 0, 7])
    copied = memorising.neighbours(loaders.images("train", rows), loaders, features)
    assert copied.ratio == 0
    assert copied.copies == 1
    assert copied.index[:, 0].tolist() == rows.tolist()
    assert (copied.distances.diff(dim=1) >= 0).all()
    unseen = memorising.neighbours(loaders.images("test", torch.arange(20)), loaders, features)
    assert unseen.ratio == pytest.approx(1, abs=0.1)
    assert unseen.copies == 0
    memorising.draw(copied, loaders.images("train", rows), loaders, tmp_path / "near.png", rows=2)
    assert size(tmp_path / "near.png")[1] == 2 * (round(512 / (7 * 16)) * 16 + 1) + 1


def test_nearest_is_exact_over_blocks(monkeypatch):
    monkeypatch.setattr(memorising, "ROWS", 3)
    rows, others = torch.randn(8, 5), torch.randn(11, 5)
    distances, index = memorising.nearest(rows, others, 4)
    expected = (rows[:, None] - others).norm(dim=2).sort(dim=1)
    torch.testing.assert_close(distances, expected.values[:, :4])
    assert torch.equal(index, expected.indices[:, :4])


def test_neighbours_of_a_run_are_told_and_drawn(gan_runs, capsys):
    folder = gan_runs("dcgan")
    assert cli.main(["sample", str(folder), "--neighbours", "--count", "20"]) == 0
    assert "in the median, by lite0 features" in capsys.readouterr().out
    assert (folder / "samples" / "neighbours.png").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--count", "0"], "0 is not a whole number from 1"),
        (["--count", "5000"], "at most 1,024"),
        (["--class", "2"], "takes no labels"),
        (["--per-class"], "takes no labels"),
        (["--codes"], "gan=infogan"),
        (["--walk", "walk.avi"], ".gif or .mp4"),
        (["--to", "grid.png"], ".npz"),
        (["--neighbours", "--extractor", "lite9"], "no such extractor"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_a_line(gan_runs, capsys, arguments, message):
    assert cli.main(["sample", str(gan_runs("dcgan")), *arguments]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
