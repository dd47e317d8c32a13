"""The receptive field: the source pixels that an output pixel can depend on.

A step says, for a stretch of a layer's output along one axis, which stretch of its input that reads (both ends counted
in). The halo follows by walking back through all layers. Branches that skip layers need no step: what they read lies
within what the longer branch reads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from artesano.gan.networks.resampling import Upsample

Step = Callable[[int, int], tuple[int, int]]


def convolution(kernel: int) -> Step:
    """Stride 1, padded to keep the size."""
    return lambda first, last: (first - kernel // 2, last + kernel // 2)


def halving(kernel: int = 4) -> Step:
    """A convolution with stride 2 and padding 1; one of `down`, which see 4 px whatever their kind."""
    return lambda first, last: (2 * first - 1, 2 * last + kernel - 2)


def enlarging(kind: Upsample, factor: int = 2) -> Step:
    """One of `up`."""
    return {
        "nearest": lambda first, last: ((first - 1) // factor, (last + 1) // factor),
        "pixel_shuffle": lambda first, last: (first // factor - 1, last // factor + 1),
        "transposed": lambda first, last: (-(-first // factor) - 1, (last + 1) // factor),
    }[kind]


def folding(side: int) -> Step:
    """Squares of pixels that become channels."""
    return lambda first, last: (side * first, side * last + side - 1)


def windows(size: int, shift: int = 0) -> Step:
    """Attention within windows that begin at multiples of `size`, moved by `shift`."""

    def step(first: int, last: int) -> tuple[int, int]:
        return (first - shift) // size * size + shift, ((last - shift) // size + 1) * size + shift - 1

    return step


def halo(steps: Sequence[Step], *, scale: int = 1, multiple: int = 1) -> int:
    """The largest distance in source px, as a multiple of `multiple`, between an output pixel and what it depends on.

    Args:
        steps: from the source to the output.
        scale: side of the output over that of the source.
        multiple: the source's grid: a layer that halves or cuts windows sees as far as its place on this grid says.
    """
    farthest = 0
    for output in range(scale * multiple):
        first = last = output
        for step in reversed(steps):
            first, last = step(first, last)
        place = output // scale
        farthest = max(farthest, place - first, last - place)
    return farthest + -farthest % multiple
