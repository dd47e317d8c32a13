"""Sixteen GANs from noise on MNIST-5k at 32 px, each by its own recipe to the end of its own budget.

  python scripts/study_variants.py --list
  python scripts/study_variants.py --seeds 0                     docs/results/gan_variants.csv
  python scripts/study_variants.py --only 'dcgan|wgan_gp'        three seeds of some
  python scripts/study_variants.py --sheet                       docs/images/gan_variants.png of the runs there are
  python scripts/study_variants.py --colour <folder>             the same on colour images: half of each budget, seed 0;
                                                                 and dcgan with DiffAugment, as D learns few by heart

A recipe is what configs/gan/<variant>.yaml says: preset, rates, widths, `max_steps`. Each run is measured on 1,000
samples. The samples of conditional GANs are judged once more, by a classifier of the same digits (`judge`): is a sample
of the class that was asked for? Stop and start at will."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

import grid_sheet
import yaml
from jobs import RESULTS, Column, Job, counted, finished, parser, run_missing, study

from artesano.runs import record

VARIANTS = {  # rough minutes of a run on one core
    "vanilla": 10,
    "cgan": 10,
    "dcgan": 6,
    "cdcgan": 6,
    "lsgan": 6,
    "infogan": 8,
    "acgan": 8,
    "semi_supervised": 10,
    "r1gan": 10,
    "dragan": 12,
    "began": 20,
    "wgan": 25,
    "wgan_gp": 30,
    "r3gan": 17,
    "sngan": 25,
    "projection": 25,
}
RECIPES = RESULTS.parent.parent / "configs" / "gan"
TASK_STEPS = 5000  # of task=gan
CONDITIONAL = ("cgan", "cdcgan", "acgan", "projection")
COMMON = ("trainer.precision=bf16-mixed", "evaluation.samples=1000", "evaluation.raw=false")
AUGMENTED = "hacks.diffaugment=[color,translation,cutout]"
COUNT = "lite0_1k"
SCORES = ("fd", "coverage", "density", "precision", "recall")
METRICS = [f"test/{name}_{COUNT}" for name in SCORES]
METRICS += ["test/discriminator_accuracy", "test/code_purity_q_1k", "test/code_nmi_q_1k"]
COLUMNS = {
    "steps": lambda record: record["config"]["max_steps"],
    "generator": lambda record: record["parameters"]["generator"],
    "discriminator": lambda record: record["parameters"]["discriminator"],
    "verdict": lambda record: record["health"]["verdict"],
}
COLOUR_SCORES = (*SCORES[:2], "fd_over_floor", "coverage_over_floor", *SCORES[2:])
JUDGED = ("conditional_accuracy_run_1k", "shuffled_accuracy_run_1k")
JUDGE_WORDS = ("strategy=full", "image_size=64", "crop_pct=1.0", "optimizer.lr=0.001", "max_epochs=5", "seed=0")
JUDGE = Job("judge", JUDGE_WORDS, {"variant": "judge", "seed": 0}, 240)


def job(variant: str, seed: int) -> Job:
    """One GAN to its end."""
    words = (f"gan={variant}", *COMMON, f"seed={seed}")
    return Job(f"variant-{variant}-s{seed}", words, {"variant": variant, "seed": seed}, 60 * VARIANTS[variant])


def colour_job(variant: str, folder: str, *own: str) -> Job:
    """The same recipe on a folder of colour images, for half of its updates; with further words, of its own."""
    half = yaml.safe_load((RECIPES / f"{variant}.yaml").read_text()).get("max_steps", TASK_STEPS) // 2
    words = (f"gan={variant}", "data=folder", f"data.root={folder}", "in_chans=3", f"max_steps={half}", *COMMON)
    name = f"{variant}, augmented" if own else variant
    about = {"variant": name, "seed": 0}
    return Job(f"colour-{name.replace(', ', '-')}-s0", (*words, *own, "seed=0"), about, 30 * VARIANTS[variant])


def jobs(seeds: Sequence[int], folder: str | None) -> list[Job]:
    """Seed by seed, cheapest first; a folder of colour images stands in for the digits."""
    if folder is not None:
        return [colour_job(variant, folder) for variant in VARIANTS] + [colour_job("dcgan", folder, AUGMENTED)]
    return [job(variant, seed) for seed in seeds for variant in VARIANTS]


def score(name: str) -> Column:
    """A score of the samples, whatever their count: of a small folder there are fewer than 1,000."""
    first, over, _ = name.partition("_over_floor")
    return counted(rf"test/{first}_lite0_\d+k?{over}")


def judge(folder: Path, judging: Path) -> dict[str, float]:
    """What the classifier says of 1,000 samples of a run; asked once."""
    answer = folder / "evaluations" / "judge" / "metrics.json"
    if not answer.is_file():
        command = [sys.executable, "-m", "artesano", "evaluate", str(folder), "--name", "judge", "--samples", "1000"]
        subprocess.run([*command, "--extractor", f"run:{judging}"], check=True)
    said: dict[str, float] = json.loads(answer.read_text())["metrics"]["averaged"]
    return said


def judged(every: Sequence[Job]) -> dict[str, dict[str, float]]:
    """Name of a conditional run -> what the judge says of it; the judge is trained first."""
    conditional = [job for job in every if job.about["variant"] in CONDITIONAL]
    runs = finished(conditional)
    if not runs or run_missing([JUDGE], [JUDGE]):
        return {}
    judging = finished([JUDGE])[JUDGE.name]
    return {name: judge(folder, judging) for name, folder in runs.items()}


def sheet(runs: Mapping[str, Path]) -> int:
    """docs/images/gan_variants.png: each recipe with its coverage; seed 0."""
    chosen = {job.about["variant"]: runs[job.name] for job in jobs([0], None) if job.name in runs}
    titles = {}
    for variant, folder in chosen.items():
        coverage = record.read(folder)["metrics"]["last"][f"test/coverage_{COUNT}"]
        titles[f"{variant}, coverage {coverage:.2f}"] = folder
    grid_sheet.draw(titles, RESULTS.parent / "images" / "gan_variants.png")
    return 0


def main(args: Namespace) -> int:
    every = jobs(args.seeds, args.colour)
    if args.sheet:
        return sheet(finished(every))
    if args.colour:
        return study(every, args, "gan_variants_colour", (), {name: score(name) for name in COLOUR_SCORES} | COLUMNS)
    if args.list:
        return study(every, args, "gan_variants")
    code = run_missing([one for one in every if re.search(args.only, one.name)], every)
    said = judged(every)
    columns = COLUMNS | {name: lambda record, name=name: said.get(record["name"], {}).get(name) for name in JUDGED}
    return code or study(every, args, "gan_variants", METRICS, columns)


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--colour", metavar="FOLDER", help="colour images with class folders in place of the digits")
    options.add_argument("--sheet", action="store_true", help="a picture of all grids")
    sys.exit(main(options.parse_args()))
