"""Satellite to drawn map: pix2pix beside baselines without a network and its own L1; zoom levels; photos of maps.

  python scripts/study_translation.py --list
  python scripts/study_translation.py         docs/results/translation.csv, translation_intervals.csv
  python scripts/zoom_levels.py               docs/results/zoom_levels.csv, of the runs for several levels
  python scripts/study_translation.py --photos <UC Merced>    docs/results/edges.csv: from drawn edges
  python scripts/study_translation.py --relief    docs/results/translation_relief.csv: the former target, one seed

All on Blue Marble tiles of 64 px. `shuffled` trains on pairs whose partner is another tile, and can learn no more than
the mean map; `half-size` is pix2pix with the U-Net of the paper, whose largest map beside is of half the side. The
baselines (copy, mean map, colour regression) are measured in every run, on the same tiles. The rows of the relief were
measured with the rate and the U-Net of the time, which their commands name, before the key `data.style` had its
name."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd
from jobs import Job, counted, finished, parser, study

STEPS = 2000
LEVELS = (64, 128, 256)
STYLES = ("street", "atlas", "overview")
NOT_TOLD = ("gan=cscgan", "conditioning=none")
MODELS = ("", "_copy", "_mean", "_regression")
COMPARED = ("l1", "ssim", "edge_ssim", "palette_accuracy", "coast_f1", "river_f1")
METRICS = [f"test/{name}{model}" for name in COMPARED for model in MODELS]
METRICS += [f"test/{name}_level_{level}" for level in LEVELS for name in COMPARED]
SEVERAL = {  # model -> words, steps, seconds on one free core; with all seeds
    "pix2pix": (("gan=pix2pix",), STEPS, 320),
    "l1-only": (("gan=pix2pix", "image_to_image.adversarial_weight=0"), STEPS, 100),
    "half-size": (("gan=pix2pix", "generator.full_size=false"), STEPS, 250),
    "backwards": (("gan=pix2pix", "data.direction=BtoA"), STEPS, 320),
    "cyclegan": (("gan=cyclegan", "data.pairing=shuffled"), STEPS, 2650),
    "cscgan": (("gan=cscgan",), 3 * STEPS, 1300),  # what the three models of a level each have together
    "not-told": (NOT_TOLD, 3 * STEPS, 1300),
    **{
        f"level-{level}": ((*NOT_TOLD, f"data.levels=[{level}]", f"data.style={style}"), STEPS, 450)
        for level, style in zip(LEVELS, STYLES, strict=True)
    },
}
ONE = {  # with the first seed
    "shuffled": (("gan=pix2pix", "data.pairing=shuffled"), STEPS, 340),
}
EDGES = {  # from drawings to photos
    "pix2pix": (),
    "best-by-l1": ("monitor.name=val/l1", "monitor.mode=min"),
    "l1-only": ("image_to_image.adversarial_weight=0",),
}
OF_THE_TIME = ("data.style=etopo1", "generator.full_size=false", "hacks.lr=0.0002")
RELIEF_PAIRS = ("gan=pix2pix", *OF_THE_TIME)
RELIEF = {
    "pix2pix": RELIEF_PAIRS,
    "l1-only": (*RELIEF_PAIRS, "image_to_image.adversarial_weight=0"),
    "shuffled": (*RELIEF_PAIRS, "data.pairing=shuffled"),
    "backwards": (*RELIEF_PAIRS, "data.direction=BtoA"),
    "cyclegan": ("gan=cyclegan", "data.style=etopo1", "data.pairing=shuffled"),
    "cscgan": ("gan=cscgan", "conditioning.generator=concat", *OF_THE_TIME),
    "mixture": (*RELIEF_PAIRS, "data.levels=[64,128,256]"),
    **{f"level-{level}": (*RELIEF_PAIRS, f"data.levels=[{level}]") for level in LEVELS},
}
INPAINT = ("gan=inpaint", "data=blue_marble_sr")


def job(kind: str, overrides: tuple[str, ...], steps: int, seconds: float, seed: int, what: str = "map") -> Job:
    """One run."""
    overrides = (*overrides, f"max_steps={steps}", f"seed={seed}")
    return Job(f"{what}-{kind}-s{seed}", overrides, {"model": kind, "seed": seed}, seconds)


def map_jobs(seeds: list[int]) -> list[Job]:
    """Those of drawn maps; the comparisons of one seed first."""
    one = [job(kind, *row, seeds[0]) for kind, row in ONE.items()]
    return one + [job(kind, *row, seed) for seed in seeds for kind, row in SEVERAL.items()]


def edges_jobs(root: str, seeds: list[int]) -> list[Job]:
    """Photos of that folder from drawings of their edges, with the adversary and without."""
    words = ("gan=pix2pix", "data=sr_folder", f"data.root={root}", "degradation=edges")
    return [job(kind, (*words, *own), STEPS, 500, seed, "edges") for seed in seeds for kind, own in EDGES.items()]


def inpaint_job(seed: int) -> Job:
    """Holes in photos."""
    words = (*INPAINT, "max_steps=4000", f"seed={seed}")
    return Job(f"map-inpaint-s{seed}", words, {"model": "inpaint", "seed": seed}, 700)


def write_intervals(jobs: list[Job], path: Path) -> None:
    """The difference of each run to the colour regression, with its interval; rows of runs that are gone stay."""
    parts = [pd.read_csv(path)] if path.is_file() else []
    for name, folder in finished(jobs).items():
        table = pd.read_csv(folder / "table.csv")
        state = "best" if "best" in set(table["method"]) else "last"  # where both are the same step
        rows = table[(table["method"] == state) & table["metric"].isin(COMPARED)].copy()
        rows.insert(0, "name", name)
        parts.append(rows[["name", "label", "metric", "images", "blocks", "mean", "difference", "low", "high"]])
    if parts:
        rows = pd.concat(parts).drop_duplicates(["name", "label", "metric"], keep="last")
        place = {job.name: number for number, job in enumerate(jobs)}
        rows = rows[rows["name"].isin(place)].sort_values("name", key=lambda names: names.map(place), kind="stable")
        rows.to_csv(path, index=False)


def main(args: argparse.Namespace) -> int:
    """Exit code."""
    columns = {f"fd{model}": counted(rf"test/fd_lite0_\d+{model}", "best") for model in MODELS}
    if args.relief:
        relief = [job(kind, words, STEPS, 380, args.seeds[0], "relief") for kind, words in RELIEF.items()]
        return study(relief, args, "translation_relief", METRICS, columns)
    if args.photos:
        names = [f"test/{name}{model}" for name in ("l1", "ssim", "edge_ssim") for model in MODELS]
        last = {"l1_last": "test/l1", "edge_ssim_last": "test/edge_ssim", "fd_last": r"test/fd_lite0_\d+"}
        columns |= {name: counted(metric, "last") for name, metric in last.items()}
        return study(edges_jobs(args.photos, args.seeds), args, "edges", names, columns)
    jobs = map_jobs(args.seeds)
    code = study(jobs, args, "translation", METRICS, columns)
    if not args.list:
        write_intervals(jobs, args.out / "translation_intervals.csv")
    holes = [f"test/{name}{model}" for name in ("hole_l1", "hole_psnr") for model in ("", "_mean")]
    return max(code, study([inpaint_job(seed) for seed in args.seeds], args, "inpainting", holes))


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--photos", metavar="FOLDER", help="drawings of the edges of its photos to the photos")
    options.add_argument("--relief", action="store_true", help="the runs with the picture of relief as target")
    sys.exit(main(options.parse_args()))
