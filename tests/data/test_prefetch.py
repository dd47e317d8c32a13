"""Results come in order, not too many before they are taken, and nothing runs on where nobody takes the rest."""

import threading
import time
from itertools import islice

import pytest

from artesano.data.prefetch import in_threads


@pytest.mark.parametrize("workers", [0, 1, 4, None])
def test_results_come_in_order(workers):
    def late(item):
        time.sleep(0.002 * (item % 3))
        return item * item

    assert list(in_threads(late, iter(range(30)), workers)) == [item * item for item in range(30)]


@pytest.mark.parametrize("ahead", [1, 3])
def test_only_so_many_are_computed_ahead(ahead):
    begun = []
    results = in_threads(begun.append, range(20), workers=4, ahead=ahead)
    assert begun == []  # nothing before the first is taken
    for taken in range(1, 10):
        next(results)
        time.sleep(0.01)
        assert sorted(begun) == list(range(taken + ahead))
    results.close()


def test_threads_work_at_the_same_time():
    meeting = threading.Barrier(3, timeout=30)
    assert len(list(in_threads(lambda _: meeting.wait(), range(6), workers=3))) == 6


@pytest.mark.parametrize("workers", [0, 2])
def test_an_error_comes_in_its_turn(workers):
    def halves(item):
        return 1 / (3 - item)

    results = in_threads(halves, range(10), workers)
    assert len(list(islice(results, 3))) == 3
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_what_nobody_takes_is_not_computed():
    begun = []

    def slow(item):
        begun.append(item)
        time.sleep(0.05)

    results = in_threads(slow, range(100), workers=1, ahead=50)
    next(results)
    results.close()
    assert len(begun) <= 3
