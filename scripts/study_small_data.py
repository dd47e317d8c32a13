"""Little data: DiffAugment on 500 images, and a discriminator that classifies with 100 labels. MNIST-5k, 32 px.

  python scripts/study_small_data.py     docs/results/gan_small_data.csv and gan_semi_supervised.csv

500 images: the distance is taken to the 1,000 held-out images, since the training images could be learned by heart.
100 labels: the GAN sees 3,400 further images without label. Beside it stand supervised networks with the same hundred
images: the very same discriminator, trained by the labels alone, and EfficientNet-Lite0 with random and with ImageNet
weights (task=transfer). All use the same split and the same ten images of each class (data.split_seed=0)."""

from __future__ import annotations

import sys

from jobs import Job, parser, study

FEW = (
    "data.shots=50",
    "task=gan",
    "hacks=lecture",
    "evaluation=fast",
    "evaluation.split=test",
    "max_steps=2500",
    "eval_every=2500",
)
FEW += ("samples_every=500", "trainer.precision=bf16-mixed")
AUGMENTED = "hacks.diffaugment=[translation,cutout]"
METRICS = [
    "test/fd_lite0_1k_test",
    "test/coverage_lite0_1k_test",
    "test/precision_lite0_1k_test",
    "test/recall_lite0_1k_test",
]
SEMI = ("gan=semi_supervised", "evaluation=none", "samples_every=500", "trainer.precision=bf16-mixed")
SUPERVISED = ("strategy=full", "data.shots=10", "image_size=64", "crop_pct=1.0", "max_steps=200", "eval_every=200")


def few_images(seeds: list[int]) -> list[Job]:
    """With and without augmentation of what the discriminator sees."""
    kinds = {"none": (), "translation, cutout": (AUGMENTED,)}
    return [
        Job(
            f"few-{len(own)}-s{seed}",
            (*FEW, *own, f"seed={seed}"),
            {"images": 500, "augmented": kind, "seed": seed},
            240,
        )
        for seed in seeds
        for kind, own in kinds.items()
    ]


def few_labels(seeds: list[int]) -> list[Job]:
    """The GAN, and supervised networks with the same hundred labels."""
    made = []
    for seed in seeds:
        alone = ("loss.unlabelled=0",)
        kinds = {"semi-supervised GAN": SEMI, "the same net, labels alone": (*SEMI, *alone)}
        made += [
            Job(
                f"labels-{name[:4]}-s{seed}",
                (*overrides, f"seed={seed}"),
                {"network": name, "labels": 100, "seed": seed},
                200,
            )
            for name, overrides in kinds.items()
        ]
        for source in ("none", "package"):
            about = {"network": f"lite0, weights={source}", "labels": 100, "seed": seed}
            made.append(
                Job(f"labels-{source}-s{seed}", (*SUPERVISED, f"weights.source={source}", f"seed={seed}"), about, 90)
            )
    return made


if __name__ == "__main__":
    args = parser(__doc__).parse_args()
    code = study(few_images(args.seeds), args, "gan_small_data", METRICS)
    sys.exit(
        max(
            code,
            study(
                few_labels(args.seeds), args, "gan_semi_supervised", ["test/discriminator_accuracy", "test/accuracy"]
            ),
        )
    )
