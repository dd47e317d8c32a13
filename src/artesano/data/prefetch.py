"""Work that threads do ahead of its use."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


def in_threads(
    function: Callable[[A], B], items: Iterable[A], workers: int | None = None, ahead: int | None = None
) -> Iterator[B]:
    """`map(function, items)` by threads; results and errors come in the order of the items.

    Args:
        workers: threads; None = one for each core, 0 = none: each result is computed when it is taken.
        ahead: results that may wait to be taken, which bounds the memory; None = twice as many as threads.
    """
    workers = os.cpu_count() or 1 if workers is None else workers
    if workers == 0:
        yield from map(function, items)
        return
    items = iter(items)
    with ThreadPoolExecutor(workers) as pool:
        waiting = deque(pool.submit(function, item) for item in islice(items, ahead or 2 * workers))
        try:
            while waiting:
                result = waiting.popleft().result()
                waiting.extend(pool.submit(function, item) for item in islice(items, 1))
                yield result
        finally:  # also where nobody takes the rest
            pool.shutdown(cancel_futures=True)
