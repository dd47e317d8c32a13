"""Which tricks have an effect? GANs on points whose distribution is known: rings and grid, ten seeds a cell.

  python scripts/study_points.py --list                     the runs and their minutes
  python scripts/study_points.py                            run what is missing in docs/results/points.csv
  python scripts/study_points.py --only ^rings-points       a part, beside another process
  python scripts/study_points.py --every                    all tricks on three bases: 9 hours of one core
  python scripts/study_points.py --long --seeds 0 1 2       the grid for longer: docs/results/points_long.csv
  python scripts/study_points.py --summary                  points_summary.csv, at any time

The base is `points`, the lecture's tricks. Each trick is switched to its other state alone, so that every run differs
from the base's run of the same seed in one thing. `loss` has other losses in the place of the base. With `--every` come
two more bases: `none`, every trick off, and `pairs`, relativistic pairs with R1 and R2. Each run has 1,000 updates of
the generator and is measured once, at its end, by 2,500 samples. A row is written when its run has ended; stop and
start at will."""

from __future__ import annotations

import math
import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from forked_jobs import Row, record_of, study
from jobs import Job, parser, published

TABLE = "points"
METRICS = ("modes", "high_quality", "kl", "energy")
MODES = {"rings": 8, "grid": 25}
STEPS = 1000
SECONDS = 10.0  # of a run on one core, start and end included
LONGER = {
    "pairs": 1.6,
    "extra_critic_steps": 3.0,
    "unrolled_steps": 5.0,
    "wasserstein_clipped": 3.0,
    "wasserstein_gp": 5.0,
}
COMMON = ("gan=toy", f"max_steps={STEPS}", f"eval_every={STEPS}", f"samples_every={STEPS}", "trainer.devices=1")
COMMON += ("evaluation.samples_in_training=0", "evaluation.raw=false")
PAIRS = ("hacks=critic_points", "loss=relativistic", "terms=r1_r2", "terms.r1.interval=1", "terms.r2.interval=1")

#: {trick: (words that switch it off, words that switch it on)}; no words off = off in every base
TRICKS: dict[str, tuple[str, str]] = {
    "latent": ("hacks.latent=uniform", "hacks.latent=gaussian"),
    "normalise_images": ("hacks.normalise_images=false", "hacks.normalise_images=true"),
    "output": ("hacks.output=linear", "hacks.output=tanh"),
    "activation": ("hacks.activation=relu", "hacks.activation=leaky_relu"),
    "generator_norm": ("hacks.generator_norm=none", "hacks.generator_norm=batch"),
    "flip_generator_labels": ("hacks.flip_generator_labels=false", "hacks.flip_generator_labels=true"),
    "smoothing": ("hacks.real_label=1.0 hacks.fake_label=0.0", "hacks.real_label=0.9 hacks.fake_label=0.1"),
    "separate_batches": ("hacks.separate_batches=false", "hacks.separate_batches=true"),
    "lr": ("hacks.lr=0.001", "hacks.lr=0.0002"),
    "betas": ("hacks.betas=[0.9,0.999]", "hacks.betas=[0.5,0.999]"),
    "ema": ("hacks.ema=null", "hacks.ema=0.999"),
    "one_sided_smoothing": ("", "hacks.real_label=0.9 hacks.fake_label=0.0"),
    "random_smoothing": ("", "hacks.real_label=[0.7,1.2] hacks.fake_label=[0.0,0.3]"),
    "label_flip": ("", "hacks.label_flip=0.05"),
    "init": ("", "hacks.init=dcgan"),
    "batch_norm_in_d": ("", "hacks.discriminator_norm=batch"),
    "spectral_norm_in_d": ("", "hacks.discriminator_norm=spectral"),
    "dropout": ("", "hacks.generator_dropout=0.2"),
    "generator_noise": ("", "hacks.generator_noise=0.1"),
    "dropout_in_d": ("", "hacks.discriminator_dropout=0.2"),
    "noise_in_d": ("", "hacks.discriminator_noise=0.1"),
    "weight_norm_in_d": ("", "hacks.discriminator_norm=weight"),
    "minibatch_stddev": ("", "hacks.minibatch=stddev"),
    "minibatch_discrimination": ("", "hacks.minibatch=discrimination"),
    "pac_2": ("", "hacks.pac=2"),
    "pac_4": ("", "hacks.pac=4"),
    "unrolled_steps": ("", "hacks.unrolled_steps=5"),
    "instance_noise": ("", "hacks.instance_noise=0.1"),
    "replay": ("", "hacks.replay=1024"),
    "feature_matching": ("", "hacks.feature_matching=1.0"),
    "historical_averaging": ("", "hacks.historical_averaging=0.01"),
    "r1": ("", "hacks.r1=0.1"),
    "r1_and_r2": ("", "hacks.r1=0.1 hacks.r2=0.1"),
    "gradient_penalty": ("", "hacks.gradient_penalty=1.0"),
    "lecam": ("", "hacks.lecam=0.1"),
    "extra_critic_steps": ("", "hacks.extra_critic_steps=4"),
    "two_time_scales": ("", "hacks.discriminator_lr_factor=4.0"),
    "sgd_for_d": ("", "hacks.discriminator_optimizer=sgd hacks.discriminator_lr_factor=50"),
    "rmsprop": ("", "hacks.generator_optimizer=rmsprop hacks.discriminator_optimizer=rmsprop"),
}
LECTURE = frozenset(list(TRICKS)[:11])
#: those that are measured without --every
CHOSEN = LECTURE | {"minibatch_discrimination", "minibatch_stddev", "pac_2", "r1", "gradient_penalty", "instance_noise"}
CHOSEN |= {"spectral_norm_in_d", "two_time_scales", "nothing", "least_squares", "pairs"}
SHORT = ("points", "loss")
LABELS = {"flip_generator_labels", "smoothing", "one_sided_smoothing", "random_smoothing", "label_flip"}
#: {base: its words, the tricks that are on in it, those that it cannot use}
BASES: dict[str, tuple[tuple[str, ...], frozenset[str], set[str]]] = {
    "points": (("hacks=points",), LECTURE, set()),
    "none": (("hacks=none",), frozenset(), set()),
    "pairs": (PAIRS, LECTURE - LABELS - {"separate_batches", "betas"}, LABELS | {"betas", "r1", "r1_and_r2"}),
}
#: other losses beside the base `points`
LOSSES: dict[str, tuple[str, ...]] = {
    "least_squares": ("hacks=points", "loss=least_squares"),
    "hinge": ("hacks=critic_points", "loss=hinge"),
    "wasserstein_clipped": ("hacks=critic_points", "loss=wasserstein", "terms=clipping", "critic_steps=5"),
    "wasserstein_gp": ("hacks=critic_points", "loss=wasserstein", "terms=wgan_gp", "critic_steps=5"),
    "pairs": PAIRS,
}


LONG = 20_000
UNTIL_LEARNED = ("hacks=best_points", "schedule=cosine", f"max_steps={LONG}", f"eval_every={LONG // 10}")


def long_jobs(seeds: Sequence[int]) -> list[Job]:
    """Twenty times the updates, with the preset for points and a rate that falls to nothing."""
    about = {"data": "grid", "base": "best_points", "change": "nothing", "switched": ""}
    words = ("gan=toy", "data=grid", *UNTIL_LEARNED, f"samples_every={LONG}", "trainer.devices=1")
    words += ("evaluation.samples_in_training=0", "evaluation.raw=false")
    return [Job(f"grid-long-s{seed}", (*words, f"seed={seed}"), about | {"seed": seed}, 220) for seed in seeds]


def jobs(seeds: Sequence[int], every: bool) -> list[Job]:
    """Seed by seed, so that a part of them is a study of fewer seeds."""
    return [job(data, base, change, seed) for seed in seeds for data in MODES for base, change in cells(every)]


def cells(every: bool) -> list[tuple[str, str]]:
    """(base, what is changed); `nothing` is the base itself."""
    tricks = [(base, trick) for base in BASES for trick in ("nothing", *TRICKS) if trick not in BASES[base][2]]
    both = tricks + [("loss", loss) for loss in LOSSES]
    return both if every else [(base, change) for base, change in both if base in SHORT and change in CHOSEN]


def job(data: str, base: str, change: str, seed: int) -> Job:
    """One run; `trick` says whether the change switches it on or off."""
    state, words = "", LOSSES[change] if base == "loss" else BASES[base][0]
    if base != "loss" and change != "nothing":
        off, on = TRICKS[change]
        state = "off" if change in BASES[base][1] else "on"
        words += tuple((off if state == "off" else on).split())
    about = {"data": data, "base": base, "change": change, "switched": state, "seed": seed}
    seconds = SECONDS * LONGER.get(base, 1.0) * LONGER.get(change, 1.0)
    return Job(f"{data}-{base}-{change}-s{seed}", (f"data={data}", *COMMON, *words, f"seed={seed}"), about, seconds)


def run(job: Job) -> Row | int:
    """The row of a run. One that diverged has captured no mode; its energy distance is missing."""
    known = record_of(job, diverged=True)
    if isinstance(known, int):
        return known
    lost = {"modes": 0.0, "high_quality": 0.0, "kl": math.log(MODES[job.about["data"]]), "energy": math.nan}
    last = known["metrics"].get("last", {})
    measured = {name: value if (value := last.get(f"test/{name}_2500")) is not None else lost[name] for name in METRICS}
    return {
        "name": job.name,
        **job.about,
        **{name: round(value, 5) for name, value in measured.items()},
        "verdict": verdict(known),
        "seconds": round(known["seconds"], 1),
        "command": published(job, {}),
    }


def verdict(record: dict[str, Any]) -> str:
    """Of the health monitor; a loss that was not finite is `diverged`."""
    return record["health"]["verdict"] if record["status"] == "finished" else "diverged"


def main(args: Namespace) -> int:
    if args.summary:
        from points_summary import write

        return write(args.out / f"{TABLE}.csv")
    if args.long:
        return study(long_jobs(args.seeds), args, f"{TABLE}_long", run)
    return study(jobs(args.seeds, args.every), args, TABLE, run)


if __name__ == "__main__":
    options = parser(__doc__)
    options.set_defaults(seeds=list(range(10)))
    options.add_argument("--every", action="store_true", help="all tricks on three bases")
    options.add_argument("--long", action="store_true", help="the grid alone, 20,000 updates")
    options.add_argument("--summary", action="store_true", help="of the rows there are; runs nothing")
    sys.exit(main(options.parse_args()))
