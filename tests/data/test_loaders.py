"""A batch is a function of (seed, k); ranks partition it; memory and streaming give the same bytes."""

import logging
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from artesano.data.folder import Folder
from artesano.data.loaders import Loaders
from artesano.data.order import Order
from artesano.data.preprocessing import Preprocessing
from artesano.data.rendered_digits import RenderedDigits
from artesano.errors import BadInput
from artesano.file_names import failures

EIGHT = Preprocessing(8, crop_pct=1.0)


def loaders(seed=0, **options):
    return Loaders(RenderedDigits(samples=200, batch_size=16, **options), EIGHT, seed)


@pytest.fixture
def photos(tmp_path):
    """40 readable images of two classes; every image a flat colour of its own."""
    for row in range(40):
        file = tmp_path / "photos" / "ab"[row % 2] / f"{row:02d}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (12, 10 + row % 3), (row, 100, 200)).save(file)
    return tmp_path / "photos"


def same(first, second):
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("in_memory", [True, False])
def test_batch_k_is_the_same_reached_straight_or_by_starting_at_k(in_memory):
    one = loaders(in_memory=in_memory, workers=0)
    straight = list(one.train(lambda: 0, 14))
    same(straight[9:], list(loaders(in_memory=in_memory, workers=0).train(lambda: 9, 14)))


def test_iter_asks_for_the_current_step_and_len_stays():
    step = 0
    batches = loaders().train(lambda: step, 12)
    first = next(iter(batches))
    step = 7
    rest = list(batches)
    assert (len(batches), len(rest)) == (12, 5)
    assert not torch.equal(rest[0].index, first.index)


def test_every_image_once_an_epoch_and_another_order_in_the_next():
    some = loaders()
    n = some.steps_per_epoch
    rows = [batch.index for batch in some.train(lambda: 0, 2 * n)]
    first, second = torch.cat(rows[:n]), torch.cat(rows[n:])
    everything = torch.arange(len(some.listing.splits["train"]))
    assert torch.equal(first.sort().values, everything)
    assert torch.equal(second.sort().values, everything)
    assert not torch.equal(first, second)


def test_seed_moves_the_order_only():
    rows = [next(iter(loaders(seed=seed).train(lambda: 0, 1))).index for seed in (0, 0, 1)]
    assert torch.equal(rows[0], rows[1])
    assert not torch.equal(rows[0], rows[2])


@pytest.mark.parametrize("count", [64, 65, 66, 81])
@pytest.mark.parametrize("world", [1, 2, 3])
def test_ranks_partition_the_batch(count, world):
    order = Order(np.zeros(count, dtype=np.int64), batch_size=16, balance=False, seed=0)
    for k in range(order.steps_per_epoch):
        slices = [order.batch(k, rank, world) for rank in range(world)]
        assert min(map(len, slices)) >= 2
        whole = order.batch(k)
        if len(whole) >= 2 * world:
            np.testing.assert_array_equal(np.concatenate(slices), whole)


def test_a_tail_of_one_image_is_dropped():
    assert [Order(np.zeros(n), 16, False, 0).steps_per_epoch for n in (1, 16, 17, 18)] == [1, 1, 1, 2]


def test_balance_draws_classes_equally():
    labels = np.repeat([0, 1, 2], [90, 30, 6])
    order = Order(labels, 16, balance=True, seed=0)
    drawn = labels[np.concatenate([order.batch(k) for k in range(order.steps_per_epoch)])]
    assert np.ptp(np.bincount(drawn)) <= 2


@pytest.mark.parametrize("world", [1, 3])
def test_evaluation_gives_every_image_to_exactly_one_rank_in_order(world):
    some = loaders()
    shares = [list(some.evaluate("test", rank, world)) for rank in range(world)]
    for rank, share in enumerate(shares):
        assert len(some.evaluate("test", rank, world)) == len(share)
    rows = torch.cat([batch.index for share in shares for batch in share])
    assert torch.equal(rows, torch.arange(40))


def test_memory_and_streaming_give_the_same_bytes(photos):
    memory, stream, forked = (
        Loaders(Folder(root=str(photos), batch_size=8, in_memory=in_memory, workers=workers), EIGHT, 0)
        for in_memory, workers in [(True, 0), (False, 0), (False, 2)]
    )
    for other in (stream, forked):
        same(list(memory.train(lambda: 2, 9)), list(other.train(lambda: 2, 9)))
        same(list(memory.evaluate("test")), list(other.evaluate("test")))
    assert torch.equal(memory.images("train", [3, 1]), stream.images("train", [3, 1]))
    batch = next(iter(memory.train(lambda: 0, 1)))
    assert torch.equal(memory.images("train", batch.index), batch.images)
    for name, image in zip(memory.names("train", batch.index), batch.images, strict=True):
        assert int(name[-6:-4]) == int(image[0, 0, 0])


def test_images_are_bytes_until_prepared():
    some = loaders()
    batch = next(iter(some.evaluate("val")))
    assert (batch.images.dtype, batch.labels.dtype, batch.index.dtype) == (torch.uint8, torch.int64, torch.int64)
    ready = some.prepare(batch, None)
    assert torch.equal(ready.images, EIGHT.normalise(batch.images))


def test_auto_streams_what_does_not_fit():
    small, big = loaders(), loaders(memory_limit_gb=1e-6)
    assert small.in_memory("train")
    assert not big.in_memory("train")


def spoil(photos):
    (photos / "a" / "broken.png").write_bytes((photos / "a" / "00.png").read_bytes()[:40])
    (photos / "b" / "words.jpg").write_text("not a picture")


def test_unreadable_files_leave_the_split_in_memory(photos, caplog):
    spoil(photos)
    some = Loaders(Folder(root=str(photos), batch_size=8, in_memory=True), EIGHT, 0)
    with caplog.at_level(logging.WARNING, "artesano.data"):
        counted = sum(len(batch.labels) for part in ("train", "val", "test") for batch in some.evaluate(part))
    assert counted == 40
    assert len(some.skipped) == 2
    assert all(name in caplog.text for name in ("broken.png", "words.jpg"))
    for part in ("train", "val", "test"):
        assert not any("broken" in name or "words" in name for name in some.listing.splits[part].names)
    assert len(some.order.labels) == len(some.listing.splits["train"])


@pytest.mark.parametrize("workers", [0, 1])
def test_unreadable_files_are_replaced_while_streaming_and_left_out_of_evaluation(photos, workers):
    spoil(photos)
    some = Loaders(Folder(root=str(photos), batch_size=8, in_memory=False, workers=workers), EIGHT, 0)
    sizes = [len(batch.labels) for batch in some.train(lambda: 0, some.steps_per_epoch)]
    assert sum(sizes) == len(some.listing.splits["train"])
    assert sum(len(b.labels) for part in ("train", "val", "test") for b in some.evaluate(part)) == 40
    assert sorted(line.split("/")[-1].split(":")[0] for line in some.skipped) == ["broken.png", "words.jpg"]
    assert sum(some.facts()["images"].values()) == 40  # as in memory


def test_rows_of_a_stream_stay_where_they_are_beside_an_unreadable_one(photos):
    spoil(photos)
    some = Loaders(Folder(root=str(photos), batch_size=8, in_memory=False, workers=0), EIGHT, 0)
    for part, split in some.listing.splits.items():
        readable = [not any(name in path for name in ("broken", "words")) for path in split.names]
        images = some.images(part, range(len(split)))
        assert len(images) == len(split)
        for row, image in enumerate(images):
            stand_in = next(other % len(split) for other in range(row, 2 * len(split)) if readable[other % len(split)])
            assert image[0, 0, 0] == int(Path(split.names[stand_in]).stem)
            assert torch.equal(some.images(part, [row])[0], image)


@pytest.mark.skipif(os.name == "nt", reason="Windows allows no colon in a name")
@pytest.mark.parametrize("in_memory", [True, False])
def test_names_that_hold_a_colon_are_grouped_by_their_reason(photos, in_memory):
    """An image called like the front of a file that cannot be read still counts."""
    names = [photos / "a" / "00.png: copy 1: a.png", photos / "b" / "copy 2: b.png"]
    for broken in names:
        broken.write_text("not a picture")
    some = Loaders(Folder(root=str(photos), batch_size=8, in_memory=in_memory, workers=1), EIGHT, 0)
    for part in ("train", "val", "test"):
        list(some.evaluate(part))
    assert sorted((failure.path, failure.reason) for failure in some.skipped) == [
        (str(name), "not an image") for name in names
    ]
    (line,) = failures(some.skipped)
    assert line.startswith("2 skipped (not an image): ")
    assert sum(some.facts()["images"].values()) == 40


@pytest.mark.parametrize("in_memory", [True, False])
def test_strict_names_the_unreadable_file(photos, in_memory):
    spoil(photos)
    some = Loaders(Folder(root=str(photos), batch_size=8, in_memory=in_memory, workers=1, strict=True), EIGHT, 0)
    with pytest.raises(BadInput, match=r"(broken\.png|words\.jpg)"):
        [list(some.evaluate(part)) for part in ("train", "val", "test")]
