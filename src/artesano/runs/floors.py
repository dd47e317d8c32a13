"""The floor of a metric of samples: what held-out real images score in the samples' place. No torch here.

`test/fd_lite0_1k_floor` is the floor with the 1,000 images that there were, `test/fd_lite0_2k_over_floor` the metric of
2,000 samples divided by it: FD 6.8 times the floor's, coverage 57 % of it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

FLOOR, OVER = "_floor", "_over_floor"
DISTANCES = ("fd", "fid", "kl", "energy")  # 1 = as near as real images, and more = farther; of all others 1 = as good
WITHOUT_MULTIPLE = ("kid",)  # unbiased, so real images score about 0, and a multiple of that has no meaning


def kind(name: str) -> str:
    """`test/fd_lite0_2k_raw` -> `fd`."""
    return re.sub("^(test|val)/", "", name).partition("_")[0]


def floors_of(metrics: Mapping[str, float | None]) -> dict[str, float]:
    """Floors by the kind of their metric; nothing in a run that has none."""
    known = {name: value for name, value in metrics.items() if FLOOR in name and OVER not in name}
    return {kind(name): value for name, value in known.items() if value is not None}


def over_floor(name: str, value: float | None, floors: Mapping[str, float]) -> float | None:
    """The multiple of the floor; None where the metric has none. Of a value that is NaN it is NaN."""
    floor = floors.get(kind(name), math.nan)
    if value is None or kind(name) in WITHOUT_MULTIPLE or not floor > 0:
        return None
    return value / floor


def multiple(name: str, times: float | None) -> str:
    """`6.8 x` of a distance, `57%` of what is better when it is higher; a dash for what is not known."""
    if times is None or math.isnan(times):
        return "-"
    if kind(name) in DISTANCES:
        return f"{times:,.0f} x" if times >= 100 else f"{times:.1f} x"
    return f"{times:.0%}"
