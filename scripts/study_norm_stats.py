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
import tempfile
import time
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from re import search
from typing import Any

import pandas as pd
from jobs import Job, console, parser, published, show

from artesano.experiment.ranks import by_itself
from artesano.experiment.start import prepare, start
from artesano.runs import record

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


def missing(all_jobs: Sequence[Job], table: Path) -> list[Job]:
    """Those that have no row with their very command."""
    rows = pd.read_csv(table) if table.is_file() else pd.DataFrame(columns=["name", "command"])
    there = set(zip(rows["name"], rows["command"], strict=True))
    return [job for job in all_jobs if (job.name, published(job, {})) not in there]


def run_all(chosen: Sequence[Job], table: Path) -> int:
    """One after the other; 0 = all finished, 1 = some failed, 130 or 143 = stopped."""
    prepare()
    began, done, worst = time.monotonic(), 0.0, 0
    for number, job in enumerate(chosen, start=1):
        try:
            row = run(job)
        except KeyboardInterrupt:
            return 130
        if isinstance(row, int):
            if row in (130, 143):
                return row
            worst = 1
            continue
        append(row, table)
        done += job.seconds
        left = (time.monotonic() - began) / done * sum(later.seconds for later in chosen[number:])
        what = f"{job.name}  {row['test_accuracy']:.3f} in {row['seconds']:.0f} s"
        console.print(f"{drawn(number, len(chosen))} {what}, about {left / 60:.0f} min left", highlight=False)
    return worst


def drawn(done: int, total: int) -> str:
    """A bar that can also be read in a file."""
    full = 20 * done // total
    return f"{'#' * full}{'.' * (20 - full)} {done}/{total}"


def run(job: Job) -> dict[str, Any] | int:
    """The row of a forked `artesano train`, whose run folder goes when it has been read; or its exit code."""
    with tempfile.TemporaryDirectory(prefix="artesano-norm-", ignore_cleanup_errors=True) as scratch:
        log = Path(scratch, "log.txt")
        env = by_itself() | {"ARTESANO_OUTPUTS": scratch}
        if code := start(["train", *job.overrides({})], env, log, bound=True).wait():
            console.print(f"{job.name} failed ({code})\n{log.read_text(errors='replace')[-1000:]}", markup=False)
            return code
        (folder,) = (path.parent for path in Path(scratch).glob("transfer/*/run.json"))
        known = record.read(folder)
    return {
        "name": job.name,
        **job.about,
        "images": known["data"]["images"]["train"],
        "test_accuracy": round(known["metrics"]["last"]["test/accuracy"], 4),
        "seconds": round(known["seconds"], 1),
        "command": published(job, {}),
    }


def append(row: dict[str, Any], table: Path) -> None:
    """A line at the end, written at once: another process may do the same."""
    table.parent.mkdir(parents=True, exist_ok=True)
    try:
        with table.open("x") as stream:
            stream.write(",".join(row) + "\n")
    except FileExistsError:
        pass
    with table.open("a") as stream:
        stream.write(pd.DataFrame([row]).to_csv(index=False, header=False))


def main(args: Namespace) -> int:
    table = args.out / f"{TABLE}.csv"
    if args.summary:
        from norm_stats_summary import write

        return write(table, STEPS)
    every = [replace(job, words=job.words + tuple(args.overrides)) for job in jobs(args.seeds, args.ucmerced)]
    left = missing(every, table)
    if args.list:
        names = {job.name for job in left}
        show(every, {job.name: Path() for job in every if job.name not in names})
        return 0
    return run_all([job for job in left if search(args.only, job.name)], table)


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument(
        "--ucmerced", metavar="FOLDER", help="one subfolder of images per class; without it MNIST alone"
    )
    options.add_argument("--summary", action="store_true", help="of the rows there are; runs nothing")
    sys.exit(main(options.parse_args()))
