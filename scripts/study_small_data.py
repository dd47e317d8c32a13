"""Little data: GANs of 100 and 500 images, and a discriminator that classifies with 100 labels. MNIST-5k, 32 px.

  python scripts/study_small_data.py --list
  python scripts/study_small_data.py                      docs/results/gan_small_data.csv and gan_semi_supervised.csv
  python scripts/study_small_data.py --only ^few          the GANs of few images alone
  python scripts/study_small_data.py --picture            docs/images/gan_small_data.png, of gan_small_data_probes.csv

Few images: `hacks=best`, 2,000 updates on batches of 32, which is until the discriminator knows 100 and 500 images by
heart; with DiffAugment, with ADA (the same three augmentations, as often as it needs), with LeCam, and with small
turns, scales and shifts alone (`affine`). The distance is taken to the 1,000 held-out images, since the training
images could be learnt by heart. `by_heart` (in gan_small_data_probes.csv) is the step at which the sign `memorising`
was first seen.

100 labels: the GAN sees 3,400 further images without label. Beside it stand supervised networks with the same hundred
images: the very same discriminator, trained by the labels alone, and EfficientNet-Lite0 with random and with ImageNet
weights (task=transfer). All use the same split and the same ten images of each class (data.split_seed=0)."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from jobs import Job, console, finished, parser, study

from artesano.figures.style import MUTED, picture
from artesano.gan.first_sign import first_sign
from artesano.gan.symptoms import Numbers
from artesano.kinds.adversarial.illness import probes_of
from artesano.runs import record

FEW = ("task=gan", "hacks=best", "data.batch_size=32", "evaluation=fast", "evaluation.split=test", "max_steps=2000")
FEW += ("eval_every=2000", "samples_every=500", "evaluation.neighbours=true", "trainer.precision=bf16-mixed")
SHOTS = {100: 10, 500: 50}
AUGMENTED = "hacks.diffaugment=[color,translation,cutout]"
TURNED = "hacks.diffaugment=[affine,translation]"
ARMS = {
    "none": (),
    "diffaugment": (AUGMENTED,),
    "ada": (AUGMENTED, "hacks.ada=0.6"),
    "lecam": ("hacks.lecam=0.1",),
    "affine": (TURNED,),
}
METRICS = [f"test/{name}_lite0_1k_test" for name in ("fd", "coverage", "precision", "recall")]
METRICS += ["test/neighbour_ratio_lite0_1k"]
SHOWN = ("step", "d_real", "d_real_held_out")
SEMI = ("gan=semi_supervised", "evaluation=none", "samples_every=500", "trainer.precision=bf16-mixed")
SUPERVISED = ("strategy=full", "data.shots=10", "image_size=64", "crop_pct=1.0", "max_steps=200", "eval_every=200")
SEMI_METRICS = ["test/discriminator_accuracy", "test/accuracy"]


def verdict(run: dict[str, Any]) -> str:
    """Of the health monitor; a loss that was not finite is `diverged`."""
    return run["health"]["verdict"] if run["status"] == "finished" else "diverged"


COLUMNS = {"verdict": verdict}


def few_images(seeds: list[int]) -> list[Job]:
    """Each remedy beside none."""
    return [
        Job(
            f"few-{images}-{arm}-s{seed}",
            (*FEW, f"data.shots={shots}", *own, f"seed={seed}"),
            {"images": images, "remedy": arm, "seed": seed},
            180,
        )
        for seed in seeds
        for images, shots in SHOTS.items()
        for arm, own in ARMS.items()
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


def by_heart(probes: list[Numbers], patience: int) -> int | None:
    """The step at which D was first seen to know its images by heart, whatever the run ended as."""
    step = first_sign("memorising", probes, patience, [])
    return None if not probes or step == probes[-1]["step"] else step


def save_probes(jobs: list[Job], path: Path) -> None:
    """D(x) at every probe of the runs that are there, and when it knew its images; rows of other runs stay."""
    runs = finished(jobs)
    rows = [row for job in jobs if job.name in runs for row in probe_rows(job, runs[job.name])]
    if not rows:
        return
    known = pd.read_csv(path) if path.is_file() else pd.DataFrame(columns=["name"])
    kept = known[~known["name"].isin(runs)]
    pd.concat([part for part in (kept, pd.DataFrame(rows)) if len(part)]).round(4).to_csv(path, index=False)


def probe_rows(job: Job, run: Path) -> list[dict[str, Any]]:
    probes = probes_of(run)
    seen = {"by_heart": by_heart(probes, record.read(run)["config"]["health.patience"])}
    return [{"name": job.name, **job.about, **{key: probe[key] for key in SHOWN}, **seen} for probe in probes]


def draw(table: Path, path: Path) -> None:
    """A panel for each number of images and remedy: D(x) of what it trains on, and of what it has never seen."""
    rows = pd.read_csv(table)
    rows = rows[rows["seed"] == rows["seed"].min()]
    with picture(path, 11.0, 5.0) as figure:
        axes = figure.subplots(len(SHOTS), len(ARMS), sharex=True, sharey=True)
        for images, line in zip(SHOTS, axes, strict=True):
            for arm, axis in zip(ARMS, line, strict=True):
                part = rows[(rows["images"] == images) & (rows["remedy"] == arm)]
                axis.plot(part["step"], part["d_real"], label="images it trains on")
                axis.plot(part["step"], part["d_real_held_out"], label="held-out images")
                axis.axhline(0.5, color=MUTED, linewidth=0.6)
                axis.set_ylim(0, 1)
                axis.set_title(f"{images} images, {arm}", fontsize=9)
            line[0].set_ylabel("D(x)")
        axes[0][1].legend(loc="lower left", fontsize=8.5)
        figure.supxlabel("updates of the generator", fontsize=9)
    console.print(f"{path} written")


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--picture", action="store_true", help="only draw")
    args = options.parse_args()
    if args.picture:
        draw(args.out / "gan_small_data_probes.csv", args.out.parent / "images" / "gan_small_data.png")
        sys.exit()
    few = [replace(job, words=(*job.words, *args.overrides)) for job in few_images(args.seeds)]
    code = study(few_images(args.seeds), args, "gan_small_data", METRICS, COLUMNS)
    if not args.list:
        save_probes(few, args.out / "gan_small_data_probes.csv")
    sys.exit(max(code, study(few_labels(args.seeds), args, "gan_semi_supervised", SEMI_METRICS)))
