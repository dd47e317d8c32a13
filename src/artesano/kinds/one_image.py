"""Batch norm cannot learn from a single value per channel: known before a run, not at its first step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from artesano.errors import BadInput


@contextmanager
def batches_of(size: int, instead: str = "") -> Iterator[None]:
    """Around a forward pass in training mode of a batch of `size` images, if that is small.

    Args:
        instead: what would do besides a larger batch.

    Raises:
        BadInput: for a batch norm it is too small.
    """
    try:
        yield
    except ValueError as error:
        if "more than 1 value per channel" not in str(error):
            raise
        raise BadInput(
            f"data.batch_size={size}: a batch norm of this network gets one number per channel and learns nothing "
            f"from it; give data.batch_size=2 or more{instead}."
        ) from None
