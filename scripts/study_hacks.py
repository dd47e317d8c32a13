"""What does each trick of the lecture do? MNIST-5k, 32 px, DCGAN of width 32, 2,500 updates of the generator.

  python scripts/study_hacks.py --list       the runs and their minutes
  python scripts/study_hacks.py              run what is missing, then write docs/results/hacks.csv and docs/hacks.md
  python scripts/study_hacks.py --page       only write the page again from the table

Each trick is off alone (configs/ablate), `all` is hacks=none, and the labels are also smoothed in two other ways.
In bf16, which costs a DCGAN nothing here and halves the time. Stop and start at will."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import hacks_page
from jobs import RESULTS, Job, parser, study

CHANGES = (
    "nothing",
    "all",
    "smoothing",
    "one_sided_smoothing",
    "random_smoothing",
    "flip_generator_labels",
    "output",
    "normalise_images",
    "activation",
    "downsample",
    "upsample",
    "generator_norm",
    "discriminator_norm",
    "separate_batches",
    "latent",
    "init",
    "lr",
    "betas",
    "ema",
)
METRICS = ["test/fd_lite0_1k", "test/coverage_lite0_1k", "test/precision_lite0_1k", "test/recall_lite0_1k"]
WORDS = ("task=gan", "hacks=lecture", "evaluation=fast", "max_steps=2500", "eval_every=2500", "samples_every=500")
SECONDS = 200


def job(change: str, seed: int) -> Job:
    """One run."""
    overrides = (*WORDS, "trainer.precision=bf16-mixed", f"ablate={change}", f"seed={seed}")
    return Job(f"hacks-{change}-s{seed}", overrides, {"without": change, "seed": seed}, SECONDS)


def jobs(seeds: list[int]) -> list[Job]:
    """The lecture itself with all seeds first: its range is what the others are held against."""
    lecture = [job("nothing", seed) for seed in seeds]
    return lecture + [job(change, seed) for seed in seeds for change in CHANGES if change != "nothing"]


def verdict(record: dict[str, Any]) -> str:
    """Of the health monitor; a loss that was not finite is `diverged`."""
    return record["health"]["verdict"] if record["status"] == "finished" else "diverged"


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--page", action="store_true", help="only write docs/hacks.md from the table")
    args = options.parse_args()
    code = 0 if args.page else study(jobs(args.seeds), args, "hacks", METRICS, {"verdict": verdict})
    if not args.list and args.out == RESULTS:
        hacks_page.write(args.out / "hacks.csv", Path(__file__).resolve().parent.parent / "docs")
    sys.exit(code)
