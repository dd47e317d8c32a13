"""Stacked MNIST: each stack is a function of the seed, made of its part's own digits, and no digit is held twice."""

import pickle

import numpy as np
import pytest
import torch

from artesano.data.loaders import Loaders
from artesano.data.memory import StackedMemory, decode
from artesano.data.mnist import Mnist
from artesano.data.preprocessing import Preprocessing
from artesano.data.splits import stacked
from artesano.data.stacked_mnist import StackedMnist
from artesano.errors import BadInput

SIZE = 32


def colour(size=SIZE):
    return Preprocessing(size, 3, (0.5,) * 3, (0.5,) * 3, crop_pct=1.0)


def small(**changes):
    return StackedMnist(samples=200, **changes)


@pytest.fixture(scope="module")
def listing():
    return small().listing()


def test_a_class_is_the_three_digits_from_the_first_channel_on(listing):
    assert len(listing.classes) == 1000
    assert listing.classes[7] == "007"
    digits = small().single.listing().splits
    for part, split in listing.splits.items():
        stack = stacked(split)
        named = ["".join(str(digits[part].labels[one]) for one in rows) for rows in stack.rows]
        assert named == [listing.classes[label] for label in split.labels]
    assert {part: len(split) for part, split in listing.splits.items()} == {"train": 200, "val": 20, "test": 20}


def test_a_part_has_stacks_of_its_own_digits(listing):
    used = {
        part: {stacked(split).split.names[one] for one in stacked(split).rows.flat}
        for part, split in listing.splits.items()
    }
    assert not used["train"] & used["test"]
    assert not used["train"] & used["val"]


def test_the_seed_of_the_split_alone_moves_them(listing):
    again, other = small().listing(), small(split_seed=1).listing()
    assert again.fingerprint == listing.fingerprint != other.fingerprint
    rows = [stacked(each.splits["train"]).rows for each in (listing, again, other)]
    np.testing.assert_array_equal(rows[0], rows[1])
    assert (rows[0] != rows[2]).mean() > 0.9


def test_digits_are_drawn_evenly():
    labels = StackedMnist(samples=26_000).listing().splits["train"].labels
    counts = np.bincount(labels, minlength=1000)
    assert counts.min() > 0
    # a multinomial's chi-squared has 999 degrees of freedom
    assert ((counts - 26) ** 2 / 26).sum() == pytest.approx(999, abs=5 * (2 * 999) ** 0.5)


@pytest.mark.parametrize("size", [28, 32])
def test_stacks_made_in_the_batch_equal_stacks_that_are_decoded(size):
    data = small(batch_size=16)
    loaders = Loaders(data, colour(size), seed=0)
    split = loaders.listing.splits["train"]
    whole, unreadable, _ = decode(split, colour(size), "train")
    assert not unreadable
    for batch in loaders.train(lambda: 0, 3):
        assert batch.images.shape == (16, 3, size, size)
        assert batch.images.is_contiguous(memory_format=torch.channels_last)
        assert torch.equal(batch.images, whole[batch.index].permute(0, 3, 1, 2))
        assert torch.equal(batch.labels, torch.from_numpy(split.labels)[batch.index])
    assert torch.equal(loaders.images("train", [5, 3]), whole[[5, 3]].permute(0, 3, 1, 2))
    streamed = Loaders(small(batch_size=16, in_memory=False, workers=0), colour(size), seed=0)
    assert torch.equal(streamed.images("train", [5, 3]), whole[[5, 3]].permute(0, 3, 1, 2))


def test_digits_are_held_once():
    loaders = Loaders(StackedMnist(), colour(), seed=0)
    source = loaders._source("train")
    assert isinstance(source, StackedMemory)
    assert source.images.shape == (3500, SIZE, SIZE, 1)
    assert source.rows.numel() * source.rows.element_size() == 26_000 * 3 * 4


def test_a_choice_of_stacks_keeps_their_digits():
    data = StackedMnist(samples=3000, fraction=0.1)
    loaders = Loaders(data, colour(), seed=0)
    split = loaders.listing.splits["train"]
    assert len(split) < 3000
    whole = decode(split, colour(), "train")[0]
    assert torch.equal(loaders.images("train", range(20)), whole[:20].permute(0, 3, 1, 2))
    again = pickle.loads(pickle.dumps(split.read))
    np.testing.assert_array_equal(np.asarray(again(7)), np.asarray(split.read(7)))


# The whole of MNIST, the user's own copy


def idx(array):
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()


@pytest.fixture
def mnist(tmp_path):
    folder = tmp_path / "MNIST" / "raw"
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    for prefix, count in (("train", 100), ("t10k", 40)):
        (folder / f"{prefix}-images-idx3-ubyte").write_bytes(idx(random.integers(0, 255, (count, 28, 28))))
        (folder / f"{prefix}-labels-idx1-ubyte").write_bytes(idx(np.arange(count) % 10))
    return tmp_path


def test_mnist_reads_the_copy_that_there_is(mnist):
    splits = Mnist(root=str(mnist)).listing().splits
    assert {part: len(split) for part, split in splits.items()} == {"train": 90, "val": 10, "test": 40}
    assert splits["test"].labels[13] == 3


def test_stacks_of_it_keep_its_test_part(mnist):
    data = small(digits="mnist", root=str(mnist))
    assert set(stacked(data.listing().splits["test"]).split.names) == {f"mnist/test/{row}" for row in range(40)}


@pytest.mark.parametrize(("key", "given"), [("root", {"root": "x"}), ("download", {"download": True})])
def test_keys_of_mnist_are_not_ignored_by_mnist5k(key, given):
    with pytest.raises(BadInput, match=rf"data\.{key}: .* give data\.digits=mnist"):
        small(**given).listing()


def test_without_a_copy_it_says_how_to_get_one(tmp_path, monkeypatch):
    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: pytest.fail("a download was tried"))
    with pytest.raises(BadInput, match=r"data\.download=true.*data\.root=<folder>"):
        small(digits="mnist", root=str(tmp_path)).listing()
