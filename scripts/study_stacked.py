"""Does the generator drop modes? Stacked MNIST (1,000 modes), DCGAN with and without what PacGAN compares, and R3GAN.

  python scripts/study_stacked.py --list       the runs and their minutes
  python scripts/study_stacked.py              run what is missing, write docs/results/stacked_mnist*.csv, and print
                                               the table with the published one
  python scripts/study_stacked.py --published  the published figures alone

Each run has 2,500 updates of the generator on batches of 96 images at 32 px (packs of 2, 3 and 4 fill them), of 26,000
stacks of MNIST-5k's digits; 26,000 samples of the last generator are judged. A discriminator of a quarter of the
generator's width is the setting in which PacGAN's DCGAN collapses most. Stop and start at will.

Published, modes of 1,000 and reverse KL: PacGAN (arXiv 1712.04086), its tables as in github.com/fjxmlzn/PacGAN:
  Table 2    DCGAN 99.0, 3.40; ALI 16.0, 5.40; Unrolled GAN 48.7, 4.32; VEEGAN 150.0, 2.95; their own DCGAN 78.9, 4.50;
             packs of 2, 3 and 4: 1000.0, 0.06; 1000.0, 0.06; 1000.0, 0.07.
  Table 3    D of 1/4 of G's size: DCGAN 30.6, 5.99; unrolled by 1, 5, 10 steps 65.4, 5.91; 236.4, 4.67; 327.2, 4.66;
             their own DCGAN 78.5, 5.21; packs of 2, 3 and 4: 484.5, 2.61; 601.3, 2.00; 667.4, 1.81.
Their networks are others, and they train for 50 epochs of 128,000 stacks of 70,000 digits (table 2), 40 times as many
updates as here: only the order of the rows can be compared. Figures of R3GAN (arXiv 2501.05441) and those of the
unrolled GAN's own paper (arXiv 1611.02163) were not verified, and are left out."""

from __future__ import annotations

import sys

import pandas as pd
from jobs import Job, as_table, console, parser, study

GENERATOR = 32
DISCRIMINATORS = {"equal": 32, "quarter": 8}  # widths beside the generator's
VARIANTS = {
    "dcgan": (),
    "dcgan-minibatch": ("hacks.minibatch=discrimination",),
    "dcgan-pac2": ("hacks.pac=2",),
    "dcgan-pac3": ("hacks.pac=3",),
    "dcgan-pac4": ("hacks.pac=4",),
}
WORDS = ("data=stacked_mnist", "data.batch_size=96", "evaluation=fast", "max_steps=2500", "eval_every=2500")
WORDS += ("samples_every=500", "trainer.precision=bf16-mixed")
METRICS = ["test/modes_digits_26k", "test/kl_digits_26k", "test/modes_digits_26k_floor", "test/kl_digits_26k_floor"]
METRICS += ["test/fd_lite0_1k"]
SECONDS, SECONDS_R3 = 420, 1700
PUBLISHED = [  # variant, discriminator, modes, KL, source
    ("dcgan", "equal", 78.9, 4.50, "PacGAN, table 2"),
    ("dcgan-pac2", "equal", 1000.0, 0.06, "PacGAN, table 2"),
    ("dcgan-pac3", "equal", 1000.0, 0.06, "PacGAN, table 2"),
    ("dcgan-pac4", "equal", 1000.0, 0.07, "PacGAN, table 2"),
    ("dcgan", "quarter", 78.5, 5.21, "PacGAN, table 3"),
    ("dcgan-pac2", "quarter", 484.5, 2.61, "PacGAN, table 3"),
    ("dcgan-pac3", "quarter", 601.3, 2.00, "PacGAN, table 3"),
    ("dcgan-pac4", "quarter", 667.4, 1.81, "PacGAN, table 3"),
]


def job(variant: str, size: str, seed: int) -> Job:
    """One run of a DCGAN."""
    widths = (f"generator.width={GENERATOR}", f"discriminator.width={DISCRIMINATORS[size]}")
    words = ("gan=dcgan", "hacks=lecture", *WORDS, *widths, *VARIANTS[variant], f"seed={seed}")
    return Job(f"stacked-{variant}-{size}-s{seed}", words, about(variant, size, seed), SECONDS)


def r3gan(seed: int) -> Job:
    """One run of R3GAN, with networks of half the width."""
    words = ("gan=r3gan", *WORDS, "generator.width=16", "discriminator.width=16", f"seed={seed}")
    return Job(f"stacked-r3gan-equal-s{seed}", words, about("r3gan", "equal", seed), SECONDS_R3)


def about(variant: str, size: str, seed: int) -> dict[str, str | int]:
    return {"variant": variant, "discriminator": size, "seed": seed}


def jobs(seeds: list[int]) -> list[Job]:
    """Seed by seed, so that a part of the study is a study of fewer seeds."""
    every = []
    for seed in seeds:
        every += [job(variant, size, seed) for size in DISCRIMINATORS for variant in VARIANTS]
        every.append(r3gan(seed))
    return every


def published() -> pd.DataFrame:
    return pd.DataFrame(PUBLISHED, columns=["variant", "discriminator", "modes", "kl", "source"])


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--published", action="store_true", help="only show the published figures")
    args = options.parse_args()
    columns = {"verdict": lambda record: record["health"]["verdict"] if record["status"] == "finished" else "diverged"}
    code = 0 if args.published else study(jobs(args.seeds), args, "stacked_mnist", METRICS, columns)
    if not args.list:
        console.print(as_table(published(), "published: other networks, longer training"))
    sys.exit(code)
