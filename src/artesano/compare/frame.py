"""A comparison as a pandas table with a row for each run: what `artesano.compare` returns."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import pandas as pd

from artesano.compare.table import SECONDS, chosen_metrics, differing
from artesano.compare.where import choose


def frame(places: Sequence[str], where: str | None, metrics: Sequence[str]) -> pd.DataFrame:
    """See `artesano.compare`."""
    runs, problems = choose(places, where)
    for problem in problems:
        warnings.warn(f"left out: {problem}", stacklevel=3)
    names = chosen_metrics(runs, metrics) if metrics else [name for run in runs for name in run.metrics]
    keys = dict.fromkeys(["kind", "status", "seed", *differing(runs, every_key=False), *names, SECONDS])
    rows = [{key: run.values.get(key) for key in keys} | {"folder": str(run.folder)} for run in runs]
    return pd.DataFrame(rows, index=pd.Index([run.title for run in runs], name="run"))
