"""A cache of files: each is read again only when it has changed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


def until_changed(most: int) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Decorator of a function of a file's path (and more): its result is kept until the file changes.

    Args:
        most: size of the cache; the least recently used result is dropped. Exceptions are not cached.
    """

    def decorate(function: Callable[..., T]) -> Callable[..., T]:
        kept: OrderedDict[tuple[Any, ...], tuple[tuple[int, ...], T]] = OrderedDict()
        lock = threading.Lock()

        @wraps(function)
        def remembering(path: Path, *more: Any) -> T:
            key, written = (path, *more), stamp(path)
            with lock:
                if key in kept and kept[key][0] == written:
                    kept.move_to_end(key)
                    return kept[key][1]
            made = function(path, *more)
            with lock:
                kept[key] = written, made
                kept.move_to_end(key)
                if len(kept) > most:
                    kept.popitem(last=False)
            return made

        return remembering

    return decorate


def stamp(path: Path) -> tuple[int, ...]:
    """Changes with the file; empty where there is none."""
    try:
        about = path.stat()
    except OSError:
        return ()
    return about.st_mtime_ns, about.st_size, about.st_ino
