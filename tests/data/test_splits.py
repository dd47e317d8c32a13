"""Parts are disjoint, stratified, nested, and moved by split_seed alone."""

import numpy as np
import pytest

from artesano.data.loaders import Loaders
from artesano.data.mnist5k import Mnist5k
from artesano.data.preprocessing import Preprocessing
from artesano.data.rendered_digits import RenderedDigits
from artesano.data.splits import Split, cut, subset


def labelled(*counts):
    labels = np.repeat(np.arange(len(counts)), counts)
    return Split(labels, [str(row) for row in range(len(labels))], lambda row: row)


def test_mnist5k_is_cut_as_its_page_says():
    splits = Mnist5k().listing().splits
    assert {part: len(split) for part, split in splits.items()} == {"train": 3500, "val": 500, "test": 1000}
    for split in splits.values():
        assert len(set(np.bincount(split.labels))) == 1
    assert len(set().union(*(split.names for split in splits.values()))) == 5000


def test_cut_is_disjoint_complete_and_stratified():
    whole = labelled(100, 50, 10)
    parts = cut(whole, {"test": 0.2, "val": 0.1}, seed=3)
    assert sorted(name for part in parts.values() for name in part.names) == sorted(whole.names)
    assert np.bincount(parts["test"].labels).tolist() == [20, 10, 2]
    assert np.bincount(parts["val"].labels).tolist() == [10, 5, 1]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_small_class_always_keeps_a_training_image(count):
    parts = cut(labelled(count, 50), {"test": 0.2, "val": 0.1}, seed=0)
    found = {name: int(np.sum(part.labels == 0)) for name, part in parts.items()}
    assert found == {"train": 1, "test": int(count > 1), "val": int(count > 2)}


def test_split_reads_the_image_that_its_name_says():
    part = cut(labelled(30, 30), {"test": 0.5}, seed=0)["test"].take(np.array([4, 2]))
    assert [part.read(0), part.read(1)] == [int(name) for name in part.names]


def test_only_split_seed_moves_the_split():
    names = {seed: Mnist5k(split_seed=seed).listing().splits["test"].names for seed in (0, 1)}
    assert names[0] != names[1]
    for seed in (0, 5):
        loaders = Loaders(Mnist5k(shots=5), Preprocessing(28), seed)
        assert loaders.listing.splits["train"].names == Mnist5k(shots=5).listing().splits["train"].names


def test_subsets_are_stratified_and_nested():
    whole = labelled(100, 60)
    tenth, half = subset(whole, 0.1, None, 0), subset(whole, 0.5, None, 0)
    assert np.bincount(tenth.labels).tolist() == [10, 6]
    assert set(tenth.names) < set(half.names)
    assert np.bincount(subset(whole, None, 5, 0).labels).tolist() == [5, 5]
    assert np.bincount(subset(labelled(3, 300), 0.01, None, 0).labels).tolist() == [1, 3]


def test_subsets_take_from_the_training_part_only():
    few, all_ = Mnist5k(shots=3).listing(), Mnist5k().listing()
    assert set(few.splits["train"].names) < set(all_.splits["train"].names)
    assert few.splits["test"].names == all_.splits["test"].names
    assert few.fingerprint != all_.fingerprint


def test_rendered_digits_are_a_function_of_split_seed_and_row():
    first, again, other = (RenderedDigits(samples=60, split_seed=seed).listing().splits["train"] for seed in (1, 1, 2))
    for row in (0, 7):
        np.testing.assert_array_equal(first.read(row), again.read(row))
    assert any(np.any(np.asarray(first.read(row)) != np.asarray(other.read(row))) for row in range(3))
    image = np.asarray(first.read(0))
    assert image.shape == (28, 28)
    assert image[:2].mean() < 40 < image[8:20, 8:20].mean()  # black border, white ink
