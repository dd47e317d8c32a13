"""What a table of generated images tells: metrics by name, and how far a state is from the reference baseline."""

from __future__ import annotations

import re

from artesano.evaluation.pair_kinds import Kind
from artesano.gan.phases import PIXEL
from artesano.metrics.bootstrap import block_interval
from artesano.metrics.paired_table import PairedTable


def metrics_of(table: PairedTable, kind: Kind, state: str) -> dict[str, float]:
    """`test/l1` of a state, `test/l1_copy` of a baseline, `test/l1_level_64` of a label, intervals of gains."""
    frame = table.frame(kind.reference)
    metrics: dict[str, float] = {}
    for row in frame[frame["method"].notna()].itertuples():
        others = {state: "", **{name: f"_{name}" for name in [PIXEL, *kind.baselines]}}
        if row.method not in others or (row.label != "all" and row.method != state):
            continue
        label = "" if row.label == "all" else "_" + re.sub(r"\W+", "_", str(row.label))
        name = f"test/{row.metric}{others[row.method]}{label}"
        metrics[name] = float(row.mean)
        if row.label == "all" and row.metric.endswith("_gain"):
            interval = block_interval(table.values[row.method, row.metric], table.blocks)
            metrics |= {f"{name}_low": interval.low, f"{name}_high": interval.high}
    return metrics


def beside_reference(table: PairedTable, kind: Kind, state: str) -> str:
    """The difference to the reference baseline with its interval, as a sentence."""
    metric = kind.pixel_monitor().name.removeprefix("val/")
    frame = table.frame(kind.reference)
    row = frame[(frame["label"] == "all") & (frame["method"] == state) & (frame["metric"] == metric)].iloc[0]
    text = f"{metric} of the {state} state is {row['difference']:+.3f} beside {kind.reference}"
    if row["blocks"] < 2:
        return f"{text}; no interval, as there is only one independent block; details in table.csv"
    return (
        f"{text}, 95 % interval {row['low']:+.3f} to {row['high']:+.3f} over {row['blocks']:.0f} independent "
        "blocks; details in table.csv"
    )
