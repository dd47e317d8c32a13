"""Labels in both forms: cut and chosen by them, and images keep their parts whichever labels are used."""

import numpy as np
import pytest

from artesano.data import labels as of
from artesano.data.splits import Split, cut, subset

FREQUENT = np.array([[1, 0, 0, 0]] * 40 + [[1, 1, 0, 0]] * 30 + [[0, 0, 1, 0]] * 20 + [[0] * 4] * 10, dtype=np.uint8)
RARE = np.array([[0, 0, 1, 1], [1, 0, 0, 1], [0, 1, 0, 1], [1, 1, 1, 1]] * 5, dtype=np.uint8)
LABELS = np.concatenate([FREQUENT, RARE])


def split(labels):
    return Split(labels, [str(row) for row in range(len(labels))], lambda row: None)


@pytest.mark.parametrize("labels", [LABELS, np.arange(120) % 4])
def test_parts_are_whole_disjoint_and_in_the_same_shares(labels):
    parts = cut(split(labels), {"test": 0.2, "val": 0.1}, seed=0)
    names = [name for part in parts.values() for name in part.names]
    assert sorted(names) == sorted(map(str, range(len(labels))))
    assert parts["test"].names == cut(split(labels), {"test": 0.2, "val": 0.1}, seed=0)["test"].names
    assert parts["test"].names != cut(split(labels), {"test": 0.2, "val": 0.1}, seed=1)["test"].names
    whole = of.counts(labels, 4)
    for part, share in {"test": 0.2, "val": 0.1}.items():
        assert np.abs(of.counts(parts[part].labels, 4) / whole - share).max() < 0.08


def test_sets_too_rare_to_be_cut_are_cut_by_their_rarest_label():
    groups = of.strata(LABELS)
    assert sorted(np.concatenate(list(groups.values()))) == list(range(len(LABELS)))
    assert set(groups) == {"", "0", "0 1", "2", "rarest 3"}
    every_set_once = np.array([[row >> bit & 1 for bit in range(6)] for row in range(64)], dtype=np.uint8)
    assert len(cut(split(every_set_once), {"test": 0.25}, seed=0)["test"]) > 8


def test_shots_are_of_each_label_and_nested():
    few, more = (subset(split(LABELS), None, shots, seed=3) for shots in (3, 5))
    assert set(few.names) <= set(more.names)
    assert of.counts(few.labels, 4).min() >= 3
    assert len(few.names) == len(set(few.names)) <= 5 * 3  # four labels, and images without any
    assert len(subset(split(LABELS), 0.5, None, seed=3)) == pytest.approx(60, abs=3)


def test_only_some_labels():
    rows, left = of.only(LABELS, np.array([1, 3]))
    expected = [row for row, some in enumerate(LABELS) if some[[1, 3]].any() or not some.any()]
    assert rows.tolist() == expected
    assert np.array_equal(left, LABELS[expected][:, [1, 3]])
    rows, left = of.only(np.array([2, 0, 1, 2]), np.array([0, 2]))
    assert (rows.tolist(), left.tolist()) == ([0, 1, 3], [1, 0, 1])


def test_one_image_as_text_and_back():
    items = [of.of_image(LABELS, row) for row in range(len(LABELS))]
    assert np.array_equal(of.as_array(items, 4, tuple), LABELS)
    assert [of.text(item, "abcd") for item in (items[-1], items[95], 2)] == ["a;b;c;d", "", "c"]
