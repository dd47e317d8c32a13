"""Sixteen GANs, one training step: each trains 300 updates of its generator on MNIST-5k, and a few on colour images.

  python scripts/study_variants.py --list
  python scripts/study_variants.py                      docs/results/gan_variants.csv
  python scripts/study_variants.py --colour <folder>    8 steps each on a folder of colour images, 64 px

300 updates are far too few to compare quality: the table shows that all of them run through one step, what they cost,
and how far they come. Residual networks have width 16 here. Stop and start at will."""

from __future__ import annotations

import sys
from typing import Any

from jobs import Job, parser, study

VARIANTS = {  # rough seconds of a run on one core
    "vanilla": 30,
    "cgan": 30,
    "dcgan": 60,
    "cdcgan": 60,
    "lsgan": 60,
    "infogan": 60,
    "acgan": 60,
    "semi_supervised": 80,
    "r1gan": 100,
    "dragan": 100,
    "began": 90,
    "wgan": 130,
    "wgan_gp": 280,
    "r3gan": 200,
    "sngan": 400,
    "projection": 400,
}
NARROW = ("generator.width=16", "discriminator.width=16")
SLOW = ("sngan", "projection", "r3gan")
METRICS = ["test/fd_lite0_1k", "test/coverage_lite0_1k", "test/precision_lite0_1k", "test/recall_lite0_1k"]
COLUMNS = {
    "generator": lambda record: record["parameters"]["generator"],
    "discriminator": lambda record: record["parameters"]["discriminator"],
    "steps_per_second": lambda record: round(record["speed"]["steps_per_second"] or 0, 2),
    "verdict": lambda record: record["health"]["verdict"],
}


def job(variant: str) -> Job:
    """300 updates on digits."""
    overrides = (f"gan={variant}", *(NARROW if variant in SLOW else ()), "max_steps=300", "eval_every=300")
    overrides += ("samples_every=100", "health.every=20", "evaluation=fast", "trainer.precision=bf16-mixed", "seed=0")
    return Job(f"variant-{variant}", overrides, {"variant": variant, "seed": 0}, VARIANTS[variant])


def colour(variant: str, folder: str) -> Job:
    """A few steps on colour images at 64 px."""
    about: dict[str, Any] = {"variant": variant, "seed": 0}
    overrides = (f"gan={variant}", "data=folder", f"data.root={folder}", "image_size=64", "data.batch_size=16")
    overrides += ("max_steps=8", "eval_every=8", "health.every=4", "evaluation=none", "seed=0")
    narrow = () if variant in ("vanilla", "cgan") else NARROW
    return Job(f"colour-{variant}", overrides + narrow, about, 20)


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--colour", metavar="FOLDER", help="a folder of colour images with class folders")
    args = options.parse_args()
    if args.colour:
        jobs = [colour(variant, args.colour) for variant in VARIANTS]
        sys.exit(study(jobs, args, "gan_variants_colour", [], COLUMNS))
    sys.exit(study([job(variant) for variant in VARIANTS], args, "gan_variants", METRICS, COLUMNS))
