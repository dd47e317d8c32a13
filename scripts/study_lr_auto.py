"""Is `optimizer.lr=auto` as good as the best of five rates? Three data sets, all images and few, two strategies.

  python scripts/study_lr_auto.py --ucmerced <folder>    docs/results/lr_auto.csv; with --seeds 0 50 minutes
  python scripts/study_lr_auto.py --summary              the table

Every run has 100 steps of 64 images; `full` trains the head at three times the rate, `freeze` at ten times. The
rule was made on all images of mnist5k and ucmerced, and on 10 and 5 of a class with `freeze`; the rest judges it."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from forked_jobs import study
from jobs import Job, as_table, console, parser

TABLE = "lr_auto"
RATES = ("auto", "0.0001", "0.0003", "0.001", "0.003", "0.01")
STRATEGIES = {"freeze": (), "full": ("strategy.head_lr=3.0",)}
SECONDS = {"freeze": 8, "full": 60}
COMMON = ("data.batch_size=64", "max_steps=100", "eval_every=100", "image_size=64")


def jobs(seeds: Sequence[int], ucmerced: str | None) -> list[Job]:
    """Seed by seed."""
    digits = ("data=mnist5k",)
    sources = {"mnist5k": digits}
    if ucmerced is not None:
        tiles = ("data=folder", f"data.root={ucmerced}", "data.test_fraction=0.2")
        sources |= {"ucmerced": tiles, "ucmerced-5": (*tiles, "data.shots=5")}
    sources |= {"mnist5k-10": (*digits, "data.shots=10"), "rendered": ("data=rendered_digits",)}
    return [
        Job(
            f"{data}-{strategy}-{rate}-s{seed}",
            (*words, *COMMON, f"strategy={strategy}", *options, f"optimizer.lr={rate}", f"seed={seed}"),
            {"data": data, "strategy": strategy, "lr": rate, "seed": seed},
            SECONDS[strategy],
        )
        for seed in seeds
        for data, words in sources.items()
        for strategy, options in STRATEGIES.items()
        for rate in RATES
    ]


def summary(table: Path) -> int:
    """Mean over the seeds by rate, the best fixed one, and how far `auto` is from it."""
    rows = pd.read_csv(table)
    means = rows.pivot_table(index=["data", "strategy"], columns="lr", values="test_accuracy", aggfunc="mean")
    means = means[[rate for rate in RATES if rate in means]].round(4)
    fixed = means.drop(columns="auto")
    means["best"], means["auto_below"] = fixed.idxmax(axis=1), (fixed.max(axis=1) - means["auto"]).round(4)
    means["seeds"] = rows[rows["lr"] == "auto"].groupby(["data", "strategy"])["seed"].nunique()
    console.print(as_table(means.reset_index(), "test accuracy; seeds: of auto"))
    return 0


def main(args: Namespace) -> int:
    if args.summary:
        return summary(args.out / f"{TABLE}.csv")
    return study(jobs(args.seeds, args.ucmerced), args, TABLE)


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument(
        "--ucmerced", metavar="FOLDER", help="one subfolder of images per class; without it digits alone"
    )
    options.add_argument("--summary", action="store_true", help="of the rows there are; runs nothing")
    sys.exit(main(options.parse_args()))
