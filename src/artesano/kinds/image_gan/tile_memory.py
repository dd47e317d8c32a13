"""How large a tile may be: what memory is free, what a network needs, and smaller tiles when it runs out."""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

SHARE = 0.5  # of what is free: others want memory too
SLACK = 1.5  # work space of convolutions, which no tensor shows
UNKNOWN = 2 * 2**30  # bytes, on systems that do not say what is free

Result = TypeVar("Result")


def free_memory(device: torch.device) -> int:
    """Bytes that are free where the network computes; in a container no more than it may have."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    free = [amount for amount in (_available(), _left_to_the_container()) if amount is not None]
    return min(free, default=UNKNOWN)


def bytes_per_pixel(network: Callable[[Tensor], Tensor], channels: int, side: int) -> float:
    """What a network holds at once for each pixel of a tile, by the tensors that are alive while it makes one.

    Args:
        network: float [1, channels, h, w] -> any.
        side: of the tile that is tried, on noise.

    Returns:
        infinity where memory ran out at once.
    """
    try:
        with LiveTensors() as live:
            network(torch.rand(1, channels, side, side))
    except (RuntimeError, MemoryError) as error:
        if not ran_out(error):
            raise
        return math.inf
    return live.peak / side**2


def side_for(
    budget: float, per_pixel: float, besides: Callable[[int], float], *, least: int, most: int, grid: int
) -> int:
    """The largest side, a multiple of `grid` from `least` to `most`, whose tiles fit into the budget; else the least.

    Args:
        budget: bytes.
        besides: side -> bytes that are needed for other things than the tile.
    """
    for side in range(most // grid * grid, least, -grid):
        if side**2 * per_pixel * SLACK + besides(side) <= budget:
            return side
    return least


def halving(work: Callable[[int], Result], side: int, least: int, say: Callable[[str], object]) -> tuple[Result, int]:
    """`work(side)`, again with half the side as long as memory runs out; and the side that did.

    Args:
        least: no smaller side is tried.
        say: told of each halving.

    Raises:
        MemoryError: it runs out with the least side too.
    """
    while True:
        try:
            return work(side), side
        except (RuntimeError, MemoryError) as error:
            if not ran_out(error):
                raise
        if side <= least:
            raise MemoryError(f"memory ran out, even with tiles of {side} px")
        if torch.cuda.is_available():  # out of the except clause: its traceback held the tensors
            torch.cuda.empty_cache()
        say(f"memory ran out with tiles of {side} px; going on with {max(least, side // 2)} px")
        side = max(least, side // 2)


def ran_out(error: BaseException) -> bool:
    """True when an error says that memory ran out, on any device."""
    phrases = ("can't allocate memory", "not enough memory", "out of memory")
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or any(word in str(error) for word in phrases)


class LiveTensors(TorchDispatchMode):
    """Counts the bytes of the tensors that operations make inside the `with`, as long as something holds them.

    Attributes:
        peak: the most bytes that were alive at once.
    """

    def __init__(self) -> None:
        super().__init__()
        self.alive = self.peak = 0
        self.holders: dict[int, int] = {}  # tensors by the address of their storage: views share one

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, tuple | list) else (result,):
            if isinstance(tensor, Tensor):
                self.count(tensor)
        return result

    def count(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        place, size = storage.data_ptr(), storage.nbytes()
        if not self.holders.get(place):
            self.alive += size
            self.peak = max(self.peak, self.alive)
        self.holders[place] = self.holders.get(place, 0) + 1
        weakref.finalize(tensor, self.release, place, size)

    def release(self, place: int, size: int) -> None:
        self.holders[place] -= 1
        if not self.holders[place]:
            self.alive -= size


def _available() -> int | None:
    """What Linux says could be taken without swapping."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    kilobytes = [int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")]
    return 1024 * kilobytes[0] if kilobytes else None


def _left_to_the_container() -> int | None:
    """The limit of the control group less what it uses; None where there is none."""
    home = Path("/sys/fs/cgroup")
    names = [("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes")]
    for limit, used in names:
        try:
            most, now = ((home / name).read_text(encoding="ascii").strip() for name in (limit, used))
        except OSError:
            continue
        return max(0, int(most) - int(now)) if most.isdecimal() else None
    return None
