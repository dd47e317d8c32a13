"""Should BatchNorm keep its pretrained statistics in fine-tuning? Six strategies, few and many images, two data sets.

  python scripts/study_norm_stats.py --ucmerced <folder> --list     the runs and their minutes
  python scripts/study_norm_stats.py --ucmerced <folder>            run what is missing in docs/results/norm_stats.csv
  python scripts/study_norm_stats.py --ucmerced <folder> --only ^mnist5k      a part, beside another process
  python scripts/study_norm_stats.py --summary                      norm_stats_summary.csv and .png, at any time

Every run has 100 steps of 64 images, AdamW at 1e-3 and three times that for the head, and is measured once, at its end.
`freeze` trains no BatchNorm: it has one row. UC Merced's own split is random, and neighbouring tiles flatter it; of its
50 images a class 35 are for training. A row is written when its run has ended; stop and start at will."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence

from forked_jobs import study
from jobs import Job, parser

TABLE = "norm_stats"
STEPS, BATCH = 100, 64
STRATEGIES = ("freeze", "partial", "lpft", "full", "gradual", "norm")
SHOTS = {"mnist5k": ("5", "10", "50", "all"), "ucmerced": ("5", "10", "all")}
COMMON = ("optimizer.lr=0.001", "strategy.head_lr=3.0", f"data.batch_size={BATCH}", f"max_steps={STEPS}")
COMMON += (f"eval_every={STEPS}",)
SIZES = {"mnist5k": 64, "ucmerced": 96}  # pixels of a side
# Seconds on one core of a busy pair at 64 px, start and end included; `freeze` computes its features once.
SECONDS = {"freeze": 8, "partial": 45, "lpft": 75, "full": 110, "gradual": 90, "norm": 95}


def jobs(seeds: Sequence[int], ucmerced: str | None) -> list[Job]:
    """Seed by seed, so that a part of them is a study of fewer seeds."""
    sources = {"mnist5k": ("data=mnist5k",)}
    if ucmerced is not None:
        sources["ucmerced"] = ("data=folder", f"data.root={ucmerced}", "data.test_fraction=0.2")
    return [
        job(data, (*words, *COMMON), shots, strategy, norm_stats, seed)
        for seed in seeds
        for data, words in sources.items()
        for shots in SHOTS[data]
        for strategy in STRATEGIES
        for norm_stats in (("none",) if strategy == "freeze" else ("pretrained", "updated"))
    ]


def job(data: str, words: tuple[str, ...], shots: str, strategy: str, norm_stats: str, seed: int) -> Job:
    """One run; `norm_stats` is none where no BatchNorm learns."""
    words += (f"strategy={strategy}", f"image_size={SIZES[data]}", f"seed={seed}")
    words += () if norm_stats == "none" else (f"strategy.norm_stats={norm_stats}",)
    words += () if shots == "all" else (f"data.shots={shots}",)
    about = {"data": data, "shots": shots, "strategy": strategy, "norm_stats": norm_stats, "seed": seed}
    name = "-".join([data, shots, strategy, *([] if norm_stats == "none" else [norm_stats]), f"s{seed}"])
    return Job(name, words, about, SECONDS[strategy] * (SIZES[data] / 64) ** 2)


def main(args: Namespace) -> int:
    if args.summary:
        from norm_stats_summary import write

        return write(args.out / f"{TABLE}.csv")
    return study(jobs(args.seeds, args.ucmerced), args, TABLE)


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument(
        "--ucmerced", metavar="FOLDER", help="one subfolder of images per class; without it MNIST alone"
    )
    options.add_argument("--summary", action="store_true", help="of the rows there are; runs nothing")
    sys.exit(main(options.parse_args()))
