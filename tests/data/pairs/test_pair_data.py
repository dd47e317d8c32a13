"""Both sides of a pair show the same place; batch k is a function of (seed, k); evaluation shows whole images."""

import dataclasses
import logging
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from lightning_utilities.core.apply_func import apply_to_collection

from artesano.data.batches import RawPairs
from artesano.data.degradations import Bicubic, Hole, Identity, Realistic
from artesano.data.pairs import decoded_files
from artesano.data.pairs.base import evenly
from artesano.data.pairs.crops import TURNS, place, turned
from artesano.data.pairs.loaders import PairLoaders
from artesano.data.pairs.pair_batches import PairBatches
from artesano.data.pairs.paired_folder import PairedFolder
from artesano.data.pairs.sr_folder import SrFolder
from artesano.data.pairs.unpaired_folder import UnpairedFolder
from artesano.errors import BadInput

OFFSET = 7  # target = source + OFFSET


@pytest.fixture
def scenes(tmp_path, save):
    """Folder with A and B = A + 7, all images of other sizes; no two pixels of A agree in all channels."""
    for row in range(30):
        height, width = 24 + row % 5, 30 + row % 3
        y, x = np.mgrid[:height, :width]
        a = np.stack([y, x, np.full_like(y, row)], 2).astype(np.uint8)
        save(tmp_path / "scenes" / "A" / f"{row}.png", a)
        save(tmp_path / "scenes" / "B" / f"{row}.png", a + OFFSET)
    return str(tmp_path / "scenes")


def paired(root, **options):
    return PairedFolder(root=root, batch_size=8, crop=16, **options)


def loaders(data, degradation=None, seed=0):
    return PairLoaders(data, degradation=degradation or Identity(), mean=0.5, std=0.5, seed=seed)


def same(first, second):
    for one, other in zip(first, second, strict=True):
        assert (one is None and other is None) or torch.equal(one, other)


# Training ------------------------------------------------------------------------------------------------------------


def test_windows_of_both_sides_align_and_lie_anywhere(scenes):
    corners = set()
    for batch in loaders(paired(scenes, flip=False)).train(lambda: 0, 40):
        assert batch.source.shape == batch.target.shape == (8, 3, 16, 16)
        assert batch.source.dtype == torch.uint8
        assert torch.equal(batch.source + OFFSET, batch.target)
        corners |= {tuple(image[:2, 0, 0].tolist()) for image in batch.source}
        ramp = torch.arange(16)
        assert torch.equal(batch.source[:, 0, :, 0].int() - batch.source[:, 0, :1, 0].int(), ramp.expand(8, -1))
    assert {top for top, _ in corners} >= set(range(9))
    assert {left for _, left in corners} >= set(range(15))


def test_both_sides_are_turned_alike_and_in_all_eight_ways(scenes):
    ways = Counter()
    for batch in loaders(paired(scenes)).train(lambda: 0, 40):
        assert torch.equal(batch.source + OFFSET, batch.target)
        for image in batch.source.int():
            down, right = (image[:2, 1, 0] - image[:2, 0, 0]).tolist(), (image[:2, 0, 1] - image[:2, 0, 0]).tolist()
            ways[*down, *right] += 1
    assert len(ways) == 8
    assert min(ways.values()) > 15  # of 320, 40 each are expected


def test_eight_turns_are_different_and_the_first_is_none(noise):
    image = noise(4, 4, 2)
    seen = [turned(image, (number + 0.5) / TURNS).tobytes() for number in range(TURNS)]
    assert len(set(seen)) == 8
    assert np.array_equal(turned(image, 0.0), image)


def test_a_window_reaches_both_borders():
    places = [place(number, 10, 7) for number in (0.0, 0.3, 0.6, 1 - 1e-12)]
    assert places == [0, 1, 2, 3]
    assert place(0.99, 7, 7) == 0


def test_own_small_images_align_at_every_scale(tmp_path, save):
    for row in range(12):
        y, x = np.mgrid[:10, :13]
        small = np.stack([y, x, np.full_like(y, row)], 2).astype(np.uint8)
        save(tmp_path / "LR" / f"{row}.png", small)
        save(tmp_path / "HR" / f"{row}.png", small.repeat(3, 0).repeat(3, 1) + OFFSET)
    data = SrFolder(root=str(tmp_path), batch_size=4, crop=12)
    data.check(3)
    for batch in loaders(data, Bicubic(3)).train(lambda: 0, 20):
        assert (batch.source.shape, batch.target.shape) == ((4, 3, 4, 4), (4, 3, 12, 12))
        large = batch.source.repeat_interleave(3, 2).repeat_interleave(3, 3)
        assert torch.equal(large + OFFSET, batch.target)


def test_batch_k_is_the_same_reached_straight_or_by_starting_at_k(scenes):
    straight = list(loaders(paired(scenes)).train(lambda: 0, 14))
    for one, other in zip(straight[9:], loaders(paired(scenes)).train(lambda: 9, 14), strict=True):
        same(one, other)
    other_seed = next(iter(loaders(paired(scenes), seed=1).train(lambda: 0, 1)))
    assert not torch.equal(straight[0].target, other_seed.target)


@pytest.mark.parametrize("pairing", ["given", "shuffled"])
def test_the_same_batches_in_memory_and_by_any_number_of_processes(scenes, pairing):
    def batches(**options):
        some = loaders(paired(scenes, pairing=pairing, **options))
        return [*some.train(lambda: 3, 9), *some.evaluate("val")]

    kept = batches(in_memory=True)
    for workers in (0, 1, 2):
        for one, other in zip(kept, batches(in_memory=False, workers=workers), strict=True):
            same(one, other)


def test_a_few_images_are_spread_over_the_part_and_its_labels(scenes):
    """What chooses best.ckpt: the first rows would be of the first level alone."""
    some = loaders(paired(scenes))
    part = some.listing.parts["train"]
    part.labels[:] = np.arange(len(part)) >= len(part) - 2
    rows = torch.cat([batch.index for batch in some.evaluate("train", count=6)])
    assert rows.tolist() == [0, 6, 12, 18, len(part) - 2, len(part) - 1]
    ranks = [batch.index for rank in (0, 1) for batch in some.evaluate("train", rank, 2, count=6)]
    assert torch.equal(torch.cat(ranks), rows)


def test_others_stand_in_where_none_of_a_few_can_be_read(scenes):
    some = loaders(paired(scenes))
    part = some.listing.parts["val"]
    chosen = part.spread(1).item()
    broken = Path(part.names[chosen])
    broken.write_bytes(broken.read_bytes()[:60])
    rows = torch.cat([batch.index for batch in some.evaluate("val", count=1)]).tolist()
    assert rows == [chosen + 1]


def test_iter_asks_for_the_current_step_and_len_stays(scenes):
    step = 0
    batches = loaders(paired(scenes)).train(lambda: step, 12)
    next(iter(batches))
    step = 7
    assert (len(batches), len(list(batches))) == (12, 5)


@pytest.mark.parametrize("world", [2, 3])
def test_rank_slices_make_up_the_whole_batch(scenes, world):
    whole = loaders(paired(scenes))
    for k, batch in enumerate(whole.train(lambda: 0, 5)):
        slices = [loaders(paired(scenes)).training_batch(k, rank, world) for rank in range(world)]
        same(batch, [torch.cat([getattr(part, name) for part in slices]) for name in RawPairs._fields])


def test_every_row_once_an_epoch_in_whole_batches(scenes):
    some = loaders(paired(scenes))
    assert (len(some.listing.parts["train"]), some.steps_per_epoch) == (21, 2)
    for epoch in range(3):
        first = epoch * some.steps_per_epoch
        rows = torch.cat([some.training_batch(first + k).index for k in range(2)]).tolist()
        assert len(set(rows)) == len(rows) == 16


def test_shuffled_pairs_are_destroyed_in_training_alone(scenes):
    shuffled, given = loaders(paired(scenes, pairing="shuffled")), loaders(paired(scenes))
    partners, same_place = set(), 0
    for batch, whole in zip(shuffled.train(lambda: 0, 40), given.train(lambda: 0, 40), strict=True):
        assert torch.equal(batch.source, whole.source)  # only the target is another one
        assert torch.equal(batch.index, whole.index)
        pairs = list(zip(batch.source[:, 2, 0, 0].tolist(), (batch.target[:, 2, 0, 0] - OFFSET).tolist(), strict=True))
        partners |= set(pairs)
        same_place += int((batch.source + OFFSET == batch.target).flatten(1).all(1).sum())
    assert len(partners) > 200  # of 21 * 21; pairs that are given would be 21
    assert same_place < 3
    for part in ("val", "test"):
        for one, other in zip(shuffled.evaluate(part), given.evaluate(part), strict=True):
            same(one, other)


def test_shuffled_pairs_keep_their_label(scenes):
    """What a discriminator is told of the target is true of it; a label with one row takes from all."""
    part = paired(scenes).listing().parts["train"]
    order = np.arange(len(part))
    part = dataclasses.replace(part, labels=np.where(order == 0, 2, order % 2))
    batches = PairBatches(part, seed=0, bits=8, scale=1, flip=False, shuffled=True)
    values = [int(Path(name).stem) for name in part.names]
    partners = {row: set() for row in order}
    for step in range(40):
        made, _ = batches.crops(step, order)
        assert made.labels.tolist() == part.labels.tolist()
        for row, value in zip(order, (made.target[:, 2, 0, 0] - OFFSET).tolist(), strict=True):
            partners[row].add(values.index(value))
    for row in order[1:]:
        assert {int(part.labels[other]) for other in partners[row]} == {int(part.labels[row])}
        assert len(partners[row]) > 3
    assert len(partners[0]) > 3


def test_shuffled_pairs_of_images_whose_source_is_made(scenes):
    data = SrFolder(root=scenes + "/A", batch_size=8, crop=16, flip=False, pairing="shuffled")
    some = loaders(data, Bicubic(2))
    batch = some.training_batch(0)
    rows = batch.source[:, 2, 0, 0]  # the clean image of the row itself
    assert rows.tolist() == [int(Path(name).stem) for name in some.names("train", batch.index)]
    assert not torch.equal(rows, batch.target[:, 2, 0, 0])
    prepared = some.prepare(batch, 0)
    assert prepared.source.shape == (8, 3, 8, 8)
    torch.testing.assert_close((prepared.source[:, 2].mean((1, 2)) + 1) * 127.5, rows.float(), atol=0.1, rtol=0)


def test_unpaired_sides_are_cut_for_themselves(tmp_path, save, noise):
    for row in range(6):
        save(tmp_path / "trainA" / f"{row}.png", noise(20, 50, seed=row))
    for row in range(9):
        save(tmp_path / "trainB" / f"{row}.png", noise(40, 17, seed=row))
    data = UnpairedFolder(root=str(tmp_path), batch_size=4, crop=16)
    data.check(1)
    for batch in loaders(data).train(lambda: 0, 10):
        assert batch.source.shape == batch.target.shape == (4, 3, 16, 16)


# Preparation ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("degradation", [Bicubic(2), Realistic(2), Hole()])
def test_sources_are_made_as_a_function_of_step_and_row(scenes, degradation):
    some = loaders(SrFolder(root=scenes, batch_size=8, crop=16), degradation)
    batch = some.training_batch(3)
    assert batch.source is None
    first, again, later = (some.prepare(batch, step) for step in (3, 3, 4))
    same(first, again)
    assert torch.equal(first.target, later.target)
    assert torch.equal(first.source, later.source) == isinstance(degradation, Bicubic)
    half = some.prepare(batch._replace(target=batch.target[4:], index=batch.index[4:], labels=batch.labels[4:]), 3)
    torch.testing.assert_close(half.source, first.source[4:], rtol=0, atol=1e-6)
    assert first.source.dtype == first.target.dtype == torch.float32
    assert first.source.min() >= -1
    assert first.source.max() <= 1


def test_an_evaluation_spoils_an_image_always_alike_whatever_the_seed(scenes):
    one, other = (loaders(SrFolder(root=scenes, crop=16), Realistic(2), seed) for seed in (0, 5))
    for a, b in zip(one.evaluate("test"), other.evaluate("test"), strict=True):
        same(one.prepare(a, None), other.prepare(b, None))
        assert not torch.equal(one.prepare(a, None).source, one.prepare(a, 0).source)


@pytest.mark.parametrize(("mean", "std"), [(0.5, 0.5), (0.0, 1.0)])
def test_normalised_floats_of_stored_pixels(scenes, mean, std):
    some = PairLoaders(paired(scenes), degradation=Identity(), mean=mean, std=std, seed=0)
    batch = some.training_batch(0)
    kept = batch.target.clone()
    prepared = some.prepare(batch, 0)
    for stored, seen in ((batch.source, prepared.source), (batch.target, prepared.target)):
        torch.testing.assert_close(seen * std + mean, stored.float() / 255, rtol=0, atol=1e-6)
    assert torch.equal(batch.target, kept)


def test_degradations_are_exact_under_autocast(scenes):
    some = loaders(SrFolder(root=scenes, batch_size=8, crop=16), Realistic(2))
    batch = some.training_batch(0)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = some.prepare(batch, 0)
    same(mixed, some.prepare(batch, 0))


def test_16_bits_survive_to_float32_exactly(tmp_path, save, noise):
    pixels = {}
    for row in range(10):
        pixels[row] = noise(16, 16, 3, np.uint16, seed=row)
        save(tmp_path / f"{row}.{('png', 'tif')[row % 2]}", pixels[row])
    some = loaders(SrFolder(root=str(tmp_path), batch_size=4, crop=16, flip=False), Bicubic(2, quantise=False))
    assert some.listing.bits == 16
    for batch in [*some.train(lambda: 0, 4), *some.evaluate("test")]:
        part = "train" if len(batch.target) == 4 else "test"
        assert batch.target.dtype == torch.float32
        for name, image in zip(some.names(part, batch.index), batch.target, strict=True):
            found = (image.double() * 65535).round().permute(1, 2, 0).numpy().astype(np.uint16)
            assert np.array_equal(found, pixels[int(Path(name).stem)])
            assert torch.equal(image, torch.from_numpy(found.astype(np.float32) / np.float32(65535)).permute(2, 0, 1))


def test_images_of_several_depths_share_one_range(tmp_path, save):
    for row in range(10):
        dtype = (np.uint8, np.uint16, np.float32)[row % 3]
        white = 1 if dtype == np.float32 else np.iinfo(dtype).max
        save(tmp_path / f"{row}.tif", np.full((16, 16, 1), white, dtype))
    some = loaders(SrFolder(root=str(tmp_path), batch_size=4, crop=16), Bicubic(2))
    assert all((batch.target == 1).all() for batch in some.train(lambda: 0, 6))


def test_a_batch_without_source_travels_to_a_device(scenes):
    batch = loaders(SrFolder(root=scenes, crop=16), Bicubic(2)).training_batch(0)
    moved = apply_to_collection(batch, dtype=torch.Tensor, function=lambda tensor: tensor.to("cpu"))
    assert isinstance(moved, RawPairs)
    assert moved.source is None
    same(moved, batch)


# Evaluation ----------------------------------------------------------------------------------------------------------


def test_evaluation_shows_whole_images_in_order_cut_to_the_scale(scenes):
    some = loaders(SrFolder(root=scenes, batch_size=8, crop=16, test_fraction=0.5), Bicubic(4))
    part, batches = some.listing.parts["test"], some.evaluate("test")
    found = list(batches)
    assert len(found) == len(batches) > len(part) // 8
    assert torch.cat([batch.index for batch in found]).tolist() == list(range(len(part)))
    for batch in found:
        height, width = batch.target.shape[-2:]
        assert height % 4 == 0
        assert width % 4 == 0
        assert some.prepare(batch, None).source.shape[-2:] == (height // 4, width // 4)
        for row, image in zip(batch.index, batch.target, strict=True):
            whole = part.whole(int(row))[1]
            assert (height, width) == tuple(length // 4 * 4 for length in whole.shape[:2])
            assert np.array_equal(image.permute(1, 2, 0), whole[:height, :width])


def test_images_of_one_shape_share_a_batch_of_limited_size(tmp_path, save, noise):
    shapes = [(8, 8)] * 9 + [(8, 12)] * 3 + [(8, 8)] * 2
    for row, (height, width) in enumerate(shapes):
        save(tmp_path / "test" / f"{row:02d}.png", noise(height, width))
        save(tmp_path / "train" / f"{row:02d}.png", noise(16, 16))
    some = loaders(SrFolder(root=str(tmp_path), batch_size=4, crop=16), Bicubic(2))
    assert [len(batch.target) for batch in some.evaluate("test")] == [4, 4, 1, 3, 2]
    save(tmp_path / "test" / "13.png", noise(1500, 1000))
    save(tmp_path / "test" / "14.png", noise(1500, 1000))
    some = loaders(SrFolder(root=str(tmp_path), batch_size=4, crop=16), Bicubic(2))
    assert [len(batch.target) for batch in some.evaluate("test")] == [4, 4, 1, 3, 1, 1, 1]


def test_ranks_share_an_evaluation(scenes):
    some = loaders(paired(scenes))
    rows = [batch.index for rank in range(3) for batch in some.evaluate("test", rank, 3)]
    assert torch.cat(rows).tolist() == list(range(6))


def test_fraction_and_max_eval_thin_out_and_keep_the_split(scenes):
    whole, some = paired(scenes).listing(), paired(scenes, fraction=0.3, max_eval=3).listing()
    assert {name: len(part) for name, part in some.parts.items()} == {"train": 6, "val": 3, "test": 3}
    for name, part in some.parts.items():
        assert set(part.names) < set(whole.parts[name].names) or part.names == whole.parts[name].names
    places = [whole.parts["test"].names.index(name) for name in some.parts["test"].names]
    assert places == [1, 3, 5]  # evenly
    few, more = (set(paired(scenes, fraction=share).listing().parts["train"].names) for share in (0.3, 0.6))
    assert few < more


@pytest.mark.parametrize(("count", "shares"), [(50, [42, 7, 1]), (3, [1, 1, 1]), (2, [1, 1, 0])])
def test_a_rare_label_is_among_the_few_that_are_measured(count, shares):
    labels = np.repeat([0, 1, 2], [860, 137, 3])
    rows = evenly(labels, count)
    assert len(set(rows.tolist())) == count
    assert np.bincount(labels[rows], minlength=3).tolist() == shares


def test_evaluation_of_pairs_brings_whole_pairs(scenes):
    for batch in loaders(paired(scenes)).evaluate("val"):
        assert torch.equal(batch.source + OFFSET, batch.target)
        assert min(batch.source.shape[-2:]) >= 24


# What goes wrong ------------------------------------------------------------------------------------------------------


@pytest.fixture
def broken(scenes):
    """The pairs, of which one file of the training part is cut in the middle; and its name."""
    name = paired(scenes).listing().parts["train"].names[4]
    content = Path(name).read_bytes()
    Path(name).write_bytes(content[: len(content) // 2])
    return scenes, name


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_file_cut_in_the_middle_is_skipped_once_and_reported(broken, caplog, in_memory):
    root, name = broken
    some = loaders(paired(root, in_memory=in_memory, workers=1))
    with caplog.at_level(logging.WARNING, "artesano.data"):
        batches = list(some.train(lambda: 0, 10))
    assert all(len(batch.target) == 8 for batch in batches)  # another row stands in
    assert all(4 not in batch.index for batch in batches)
    assert len(some.skipped) == len(caplog.records) == 1
    assert some.skipped[0].startswith(f"{name}: ")
    assert sum(len(batch.target) for batch in some.evaluate("train")) == 20
    assert all(torch.equal(batch.source + OFFSET, batch.target) for batch in batches)


def test_what_is_skipped_is_reported_in_the_order_of_the_batches(scenes):
    for name in paired(scenes).listing().parts["train"].names[::3]:
        Path(name).write_bytes(Path(name).read_bytes()[:60])
    reports = []
    for options in ({}, {"in_memory": False, "workers": 0}, {"in_memory": False, "workers": 2}):
        some = loaders(paired(scenes, **options))
        list(some.train(lambda: 0, 6))
        list(some.evaluate("train"))
        reports.append(list(some.skipped))
    assert len(reports[0]) == 7
    assert reports[0] == reports[1] == reports[2]


def test_strict_refuses_it(broken):
    root, name = broken
    with pytest.raises(BadInput, match=r"unreadable image .*strict=true") as error:
        list(loaders(paired(root, strict=True)).train(lambda: 0, 4))
    assert name in error.value.problems[0]


@pytest.mark.parametrize("readable", range(4))
def test_the_only_readable_row_is_met_from_every_batch(scenes, readable):
    """Of a part of 21 rows."""
    part = paired(scenes).listing().parts["train"]
    for row, name in enumerate(part.names):
        if row != 5 * readable:
            Path(name).write_bytes(b"")
    batches = PairBatches(part, seed=0, bits=8, scale=1, flip=False, shuffled=False)
    for last in range(len(part)):
        made, failures = batches.crops(0, np.array([(last - 1) % len(part), last]))
        assert made is not None
        assert made.index.tolist() == [5 * readable] * 2
        assert len(failures) <= len(part)


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_batch_of_which_nothing_can_be_read(scenes, in_memory):
    data = paired(scenes, in_memory=in_memory, workers=1)
    some = loaders(data)
    for name in data.listing().parts["train"].names:
        Path(name).write_bytes(b"no image")
    with pytest.raises(BadInput, match="no image of the training part could be read"):
        next(iter(some.train(lambda: 0, 1)))


def test_a_part_of_which_nothing_can_be_read(scenes):
    data = paired(scenes)
    some = loaders(data)
    for name in data.listing().parts["val"].names:
        Path(name).write_bytes(b"no image")
    with pytest.raises(BadInput, match="no image of the val part could be read") as error:
        list(some.evaluate("val"))
    assert len(error.value.problems) == 1 + len(data.listing().parts["val"])


def test_no_crop_no_batches(scenes):
    with pytest.raises(BadInput, match="image_size"):
        loaders(PairedFolder(root=scenes))
    PairedFolder(root=scenes).check(1)  # but a look at the data


def test_what_fits_is_decoded_once_and_what_does_not_is_streamed(scenes, monkeypatch):
    decoded = []
    read = decoded_files.read_pixels
    monkeypatch.setattr(decoded_files, "read_pixels", lambda path, *rest: decoded.append(path) or read(path, *rest))
    for limit, fits in ((2.0, True), (1e-5, False)):
        data = paired(scenes, memory_limit_gb=limit, workers=0)
        some = loaders(data)
        assert some.in_memory == fits
        list(some.train(lambda: 0, 6))
        kept = data.listing().decoded.kept
        assert len(kept) == (42 if fits else 0)  # both sides of the training part
        assert len(decoded) == (42 if fits else 2 * 6 * 8)
        if fits:
            assert sum(image.nbytes for image in kept.values()) < data.listing().decoded_bytes() <= 2 * 30 * 28 * 32 * 3
        decoded.clear()


@pytest.mark.parametrize(("classes", "called"), [([], "a.png"), (["near"], "a.png"), (["near", "far"], "far, a.png")])
def test_a_caption_tells_the_level_where_there_are_several(scenes, classes, called):
    listing = paired(scenes).listing()
    listing.classes, part = classes, listing.parts["test"]
    part.names[0], part.labels[0] = "below/a.png", max(0, len(classes) - 1)
    assert listing.caption("test", 0) == called
