"""MNIST-5k at 64 px: which strategy, with how much data, from which weights? About an hour on two cores.

  python scripts/study_mnist.py --list          the jobs and their minutes
  python scripts/study_mnist.py                 run what is missing, write docs/results/mnist5k_strategies*.csv
  python scripts/study_mnist.py --rates         compare learning rates on the validation split, seed 0

The split and the chosen shots are fixed (data.split_seed); seeds move initialisation and order.
Stop and start at will."""

from __future__ import annotations

import sys
from typing import Any

from jobs import Job, parser, study

# Learning rates of AdamW, to be judged by `--rates` on validation, never on test; freeze multiplies its by head_lr=10,
# lpft holds its backbone at a tenth (strategy.backbone_lr).
RATES = {"freeze": 1e-3, "partial": 2e-3, "full": 1e-3, "lpft": 3e-3, "scratch": 2e-3}
STRATEGIES = ("freeze", "partial", "lpft", "full", "scratch")  # cheapest first
# Training images a second on two cores at 64 px, for the expected minutes; freeze computes its features once.
SPEED = {"freeze": 20_000, "partial": 400, "lpft": 310, "full": 220, "scratch": 220}
START = 18  # seconds: imports, data, a look at the time, metrics and pictures
TRAIN, CLASSES = 3500, 10


def job(strategy: str, seed: int, shots: int | None = None, rate: float | None = None, weights: str = "") -> Job:
    """One run on MNIST-5k; `weights` names the job whose backbone it starts from."""
    lr = rate or RATES[strategy]
    amount = f"{shots}shots" if shots else "all"
    name = f"mnist5k-{strategy}{'-' + weights if weights else ''}-{amount}{f'-lr{lr:g}' if rate else ''}-s{seed}"
    about: dict[str, Any] = {
        "train_data": "mnist5k",
        "strategy": "full" if strategy == "scratch" else strategy,
        "weights": weights or ("none" if strategy == "scratch" else "imagenet"),
        "shots": amount.removesuffix("shots"),
        "lr": lr,
        "seed": seed,
    }
    overrides = [
        f"strategy={about['strategy']}",
        "data=mnist5k",
        "image_size=64",
        f"optimizer.lr={lr:g}",
        f"seed={seed}",
    ]
    if strategy == "scratch":
        overrides.append("weights.source=none")
    if weights:
        overrides += ["weights.source=run", f"weights.run={{{weights}}}"]
    if shots:
        batch = min(64, shots * CLASSES)
        overrides += [f"data.shots={shots}", f"data.batch_size={batch}", "max_steps=200", "eval_every=200"]
        images = 200 * min(batch, 50)
    else:
        epochs = 15 if strategy == "scratch" else 5
        overrides.append(f"max_epochs={epochs}")
        images = epochs * TRAIN
    return Job(name, tuple(overrides), about, START + images / SPEED[strategy])


def rendered(strategy: str = "full") -> Job:
    """Pretraining on digits drawn with fonts: the simulation of simulation -> real."""
    about = {"train_data": "rendered_digits", "strategy": "full", "weights": "imagenet", "shots": "all"}
    about |= {"lr": RATES[strategy], "seed": 0}
    overrides = ("strategy=full", "data=rendered_digits", "image_size=64", f"optimizer.lr={RATES[strategy]:g}")
    return Job("rendered", (*overrides, "seed=0", "max_epochs=5"), about, START + 5 * TRAIN / SPEED[strategy])


def jobs(seeds: list[int]) -> list[Job]:
    """Cheapest first; `rendered` before what starts from it."""
    few = [job(strategy, seed, shots=10) for strategy in STRATEGIES for seed in seeds]
    simulated = [job("full", seed, shots, weights="rendered") for shots in (1, 5, 10) for seed in seeds]
    beside = [job("full", seed, shots) for shots in (1, 5) for seed in seeds]
    whole = [job(strategy, seed) for strategy in STRATEGIES for seed in seeds]
    cheap = [one for one in whole if one.about["strategy"] == "freeze"]
    return [*cheap, *few, rendered(), *simulated, *beside, *(one for one in whole if one not in cheap)]


def rates() -> list[Job]:
    """Each strategy at a third, once and three times its rate, all data, seed 0."""
    made = []
    for strategy in STRATEGIES:
        others = [float(f"{RATES[strategy] * factor:.1g}") for factor in (1 / 3, 3)]
        made += [job(strategy, 0), *(job(strategy, 0, rate=rate) for rate in others)]
    return made


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--rates", action="store_true", help="compare learning rates by val/accuracy, then stop")
    args = options.parse_args()
    if args.rates:
        sys.exit(study(rates(), args, "mnist5k_rates", metrics=["val/accuracy"]))
    sys.exit(study(jobs(args.seeds), args, "mnist5k_strategies"))
