"""docs/results/points_summary.csv from the table that study_points.py leaves: which tricks have an effect, how large.

For each data set, base, trick and metric the mean over seeds of (with the trick - without it), the runs of one seed
paired; its 95 % interval by Student's t; and p of the paired t test, corrected by Holm over the tricks of that data
set, base and metric. An effect is said to be seen where the corrected p is below 0.05.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from jobs import as_table, console
from scipy import stats

METRICS = ("modes", "high_quality", "kl", "energy")
SHOWN = "high_quality"
CELL = ["data", "base", "metric"]


def write(table: Path) -> int:
    """The summary beside the table; prints the part that is about high quality."""
    summary = summarise(pd.read_csv(table)) if table.is_file() else pd.DataFrame()
    if summary.empty:
        console.print(f"{table}: no trick and its base have two seeds in common yet")
        return 1
    summary.to_csv(table.with_name(f"{table.stem}_summary.csv"), index=False)
    for (data, base), part in summary[summary["metric"] == SHOWN].groupby(["data", "base"], sort=False):
        columns = ["trick", "seeds", "without", "with", "effect", "low", "high", "p_holm", "seen"]
        console.print(as_table(part[columns].round(3), f"{data}, base {base}: share of high quality"))
    return 0


def summarise(rows: pd.DataFrame) -> pd.DataFrame:
    """A row for each trick and metric that has two seeds or more, the largest effects first."""
    lines = []
    for (data, base, change), part in rows[rows["change"] != "nothing"].groupby(["data", "base", "change"], sort=False):
        known = rows[(rows["data"] == data) & (rows["change"] == "nothing")]
        reference = known[known["base"] == ("points" if base == "loss" else base)]
        both = part.merge(reference, on="seed", suffixes=("", "_base"))
        if len(both) < 2:
            continue
        off = (both["switched"] == "off").iloc[0]
        for metric in METRICS:
            ends = both[[metric, f"{metric}_base"]].to_numpy()
            without, having = (ends if off else ends[:, ::-1]).T
            about = {"data": data, "base": base, "metric": metric, "trick": change}
            about |= {"switched": "off" if off else "on", "seeds": len(both)}
            lines.append(about | paired(without, having))
    summary = pd.DataFrame(lines)
    if summary.empty:
        return summary
    summary["p_holm"] = summary.groupby(CELL)["p"].transform(lambda p: holm(p.to_numpy()))
    summary["seen"] = np.where(summary["p_holm"] < 0.05, np.where(summary["effect"] > 0, "higher", "lower"), "not seen")
    order = summary["effect"].abs().to_numpy()
    return summary.iloc[np.argsort(-order, kind="stable")].sort_values(CELL, kind="stable").round(5)


def paired(without: np.ndarray, having: np.ndarray) -> dict[str, float]:
    """Mean difference with its interval and p; runs that have no value count in no pair."""
    known = np.isfinite(without) & np.isfinite(having)
    without, having = without[known], having[known]
    differences = having - without
    if len(differences) < 2:
        return dict.fromkeys(("without", "with", "effect", "low", "high"), np.nan) | {"p": 1.0}
    means = {"without": without.mean(), "with": having.mean(), "effect": differences.mean()}
    error = differences.std(ddof=1) / np.sqrt(len(differences))
    if error == 0:  # all seeds agree to the last digit
        return means | {"low": means["effect"], "high": means["effect"], "p": float(means["effect"] == 0)}
    width = stats.t.ppf(0.975, len(differences) - 1) * error
    p = 2 * stats.t.sf(abs(means["effect"]) / error, len(differences) - 1)
    return means | {"low": means["effect"] - width, "high": means["effect"] + width, "p": p}


def holm(p: np.ndarray) -> np.ndarray:
    """Corrected p of each of several tests (Holm 1979): the smallest times their number, and so on, never falling."""
    order = np.argsort(p)
    steps = np.maximum.accumulate((len(p) - np.arange(len(p))) * p[order])
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(steps, 1.0)
    return corrected
