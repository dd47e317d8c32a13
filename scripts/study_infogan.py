"""Does InfoGAN's discrete code name the digit? MNIST-5k, 32 px, the recipe of configs/gan/infogan.yaml at width 16.

  python scripts/study_infogan.py     docs/results/gan_infogan.csv

Q, the head of the discriminator that predicts the code, names a code for each of the 1,000 test images; `code_purity`
is the share of images whose digit is the most frequent one of their code, about 0.15 for codes at random."""

from __future__ import annotations

import sys

from jobs import Job, parser, study

METRICS = ["test/code_purity_q_1k", "test/code_nmi_q_1k", "test/fd_lite0_1k", "test/coverage_lite0_1k"]
WORDS = ("gan=infogan", "generator.width=16", "discriminator.width=16", "evaluation=fast", "samples_every=1000")
WORDS += ("trainer.precision=bf16-mixed",)


def job(seed: int) -> Job:
    return Job(f"codes-s{seed}", (*WORDS, f"seed={seed}"), {"network": "InfoGAN", "seed": seed}, 600)


if __name__ == "__main__":
    args = parser(__doc__).parse_args()
    sys.exit(study([job(seed) for seed in args.seeds], args, "gan_infogan", METRICS))
