"""How much of a change of domain does adaptation without labels make good? Drawn digits to written ones; UC Merced.

  python scripts/study_adapt.py                          docs/results/adapt.csv: digits, 3 seeds
  python scripts/study_adapt.py --ucmerced <folder>      UC Merced besides, to blurred and discoloured tiles
  python scripts/study_adapt.py --seeds 0 --list         the jobs of one seed
  python scripts/study_adapt.py --summary                the table, of the rows there are; runs nothing

Rows are the source alone, each method, and the bound: a run on the target's labels. All fine-tune EfficientNet-Lite0
with the same steps, and the accuracy is that on the target's test part. `closed` is the share of the gap between the
source alone and the bound that a method closes. The tiles of UC Merced overlap their neighbours by number, so the
first half of each class is the source and the second, spoilt, the target: no tile and no neighbour is in both."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import forked_jobs
import numpy as np
import pandas as pd
from jobs import Job, as_table, console, parser, published
from PIL import Image, ImageFilter

from artesano.own_folders import cache_folder

TABLE = "adapt"
METHODS = {name: (f"adapt={name}",) for name in ("adabn", "coral", "mmd", "dann", "pseudo")}
METHODS["adabn updated"] = ("adapt=adabn", "strategy.norm_stats=updated")  # trained and measured as in its paper
BOUND, ALONE = "target labels", "source alone"
COMMON: tuple[str, ...] = (
    "strategy=full",
    "strategy.head_lr=3.0",
    "image_size=64",
    "data.batch_size=32",
    "data.augment=light",
)
COMMON += ("max_steps=300", "eval_every=300")  # the last state: the source does not tell when the target is fitted best
SECONDS = {
    BOUND: 110.0,
    ALONE: 110.0,
    "adabn": 130.0,
    "adabn updated": 130.0,
    "pseudo": 330.0,
}  # of two cores; others see two images a step
SECONDS_OF_TWO = 220.0
GAIN, BLUR, FADED = (1.15, 1.0, 0.75), 1.5, 0.6  # of red, green and blue; pixels; of the contrast


def jobs(seeds: Sequence[int], ucmerced: Mapping[str, Path] | None) -> list[Job]:
    """Seed by seed.

    Args:
        ucmerced: folders of `source` and `target`; None = digits alone.
    """
    cases: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
        "digits": (("data=rendered_digits",), ("data=mnist5k",))
    }
    if ucmerced is not None:
        tiles = {name: ("data=folder", f"data.root={folder}") for name, folder in ucmerced.items()}
        cases["ucmerced"] = (tiles["source"], tiles["target"])
    return [
        Job(
            f"{case}-{arm.replace(' ', '-')}-s{seed}",
            (*words_of(arm, *data), *COMMON, f"seed={seed}"),
            {"case": case, "arm": arm, "seed": seed},
            SECONDS.get(arm, SECONDS_OF_TWO),
        )
        for seed in seeds
        for case, data in cases.items()
        for arm in (ALONE, *METHODS, BOUND)
    ]


def words_of(arm: str, source: Sequence[str], target: Sequence[str]) -> tuple[str, ...]:
    """The data and the method of a run."""
    if arm == BOUND:
        return tuple(target)
    method = METHODS.get(arm, ())
    return (*source, *method, *(f"adapt.{word}" for word in target))


def row_of(job: Job) -> dict[str, Any] | int:
    """The row of a run; or its exit code."""
    known = forked_jobs.record_of(job)
    if isinstance(known, int):
        return known
    metrics = known["metrics"]["best"]
    target = metrics["test/accuracy"] if job.about["arm"] == BOUND else metrics["target_test/accuracy"]
    return {
        "name": job.name,
        **job.about,
        "test_accuracy": round(target, 4),
        "source_test_accuracy": None if job.about["arm"] == BOUND else round(metrics["test/accuracy"], 4),
        "seconds": round(known["seconds"], 1),
        "command": published(job, {}),
    }


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean, lowest and highest over the seeds; and the mean share of the gap that is closed, by seed."""
    accuracy = rows.pivot(index=["case", "seed"], columns="arm", values="test_accuracy").reindex(columns=[ALONE, BOUND])
    ends = rows[["case", "seed"]].merge(accuracy, left_on=["case", "seed"], right_index=True, how="left")
    rows = rows.assign(closed=(rows["test_accuracy"] - ends[ALONE]) / (ends[BOUND] - ends[ALONE]))
    groups = rows.groupby(["case", "arm"], sort=False)
    table = groups["test_accuracy"].agg(["count", "mean", "min", "max"]).rename(columns={"count": "seeds"})
    table["source_mean"], table["seconds"] = groups["source_test_accuracy"].mean(), groups["seconds"].mean().round()
    return table.assign(closed=groups["closed"].mean()).reset_index().round(4)


def spoilt(folder: Path, home: Path) -> dict[str, Path]:
    """Copies of the first half of each class as it is, and of the second half blurred, faded and discoloured."""
    places = {"source": home / "source", "target": home / "target"}
    for place in sorted(folder.iterdir()):
        files = sorted(place.glob("*.*")) if place.is_dir() else []
        for number, file in enumerate(files):
            domain = "source" if number < len(files) / 2 else "target"
            copy = places[domain] / place.name / f"{file.stem}.png"
            if not copy.is_file():
                copy.parent.mkdir(parents=True, exist_ok=True)
                image = Image.open(file).convert("RGB")
                (image if domain == "source" else discoloured(image)).save(copy)
    return places


def discoloured(image: Image.Image) -> Image.Image:
    """As from a worse camera at another hour."""
    pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(BLUR)), dtype=np.float32)
    faded = (pixels - 128) * FADED + 128
    return Image.fromarray((faded * np.array(GAIN)).clip(0, 255).astype(np.uint8))


def main(args: Namespace) -> int:
    table = args.out / f"{TABLE}.csv"
    code = 0
    if not args.summary:
        halves = spoilt(Path(args.ucmerced), cache_folder("study_adapt")) if args.ucmerced else None
        code = forked_jobs.study(jobs(args.seeds, halves), args, TABLE, row_of)
    if table.is_file() and not args.list:
        means = summary(pd.read_csv(table))
        means.to_csv(args.out / f"{TABLE}_summary.csv", index=False)
        console.print(as_table(means, "accuracy on the target's test part"))
    return code


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--ucmerced", metavar="FOLDER", help="one subfolder of images per class")
    options.add_argument("--summary", action="store_true", help="of the rows there are; runs nothing")
    sys.exit(main(options.parse_args()))
