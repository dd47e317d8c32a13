"""Is a GAN of other images a good start? From drawn digits and from clothes to 50, 500 and all of MNIST-5k, 32 px.

  python scripts/study_gan_transfer.py --fashion <folder> --list
  python scripts/study_gan_transfer.py --fashion <folder>                       docs/results/gan_transfer.csv
  python scripts/study_gan_transfer.py --fashion <folder> --only '50-.*-s0'     a part
  python scripts/study_gan_transfer.py --fashion <folder> --sheet               docs/images/gan_transfer.png: 50 images

A source is a DCGAN (hacks=best) on `rendered_digits`, which is near, or on Fashion-MNIST, which is far: one for each
seed. A target run starts from it by a strategy, or from random weights (`scratch`). All have the same settings, also
the small turns and shifts of what D sees, and batches of 32; targets have 400 updates. They are measured once, at the
end, by 1,000 samples against the 1,000 held-out digits; the ratio of neighbours says whether the samples are copies
of training images. Stop and start at will."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

import grid_sheet
from jobs import RESULTS, Job, finished, parser, study

from artesano.runs import record

SOURCE_STEPS, STEPS = 2500, 400
SECONDS = 0.08  # of a step on one core
AMOUNTS = {50: ("data.shots=5",), 500: ("data.shots=50",), 3500: ()}  # {images: of ten classes}
ARMS: dict[str, tuple[str, ...]] = {
    "full": ("strategy=full",),
    "partial": ("strategy=partial",),
    "norm": ("strategy=norm",),
    "freeze_d": ("strategy=freeze_d",),
    "gradual": ("strategy=gradual",),
}
FEWEST, MORE = 50, ("full", "freeze_d")  # all arms where images are fewest, else these
#: without the turns and shifts D knows 50 images by heart after 400 steps, and no start helps
COMMON = ("task=gan", "gan=dcgan", "hacks=best", "hacks.diffaugment=[affine,translation]", "data.batch_size=32")
COMMON += ("trainer.precision=bf16-mixed",)
MEASURED = ("evaluation=fast", "evaluation.split=test", "evaluation.neighbours=true")
METRICS = [f"test/{name}_lite0_1k_test" for name in ("fd", "coverage", "density", "precision", "recall")]
METRICS += ["test/neighbour_ratio_lite0_1k"]
COLUMNS = {
    "trainable": lambda record: record["parameters"]["trainable"],
    "verdict": lambda record: record["health"]["verdict"] if record["status"] == "finished" else "diverged",
}


def sources(fashion: str | None) -> dict[str, tuple[str, ...]]:
    """{source: its data}; clothes only where there is a folder of them."""
    clothes = {} if fashion is None else {"fashion": ("data=fashion_mnist", f"data.root={fashion}")}
    return {"digits": ("data=rendered_digits",), **clothes}


def source(name: str, data: Sequence[str], seed: int) -> Job:
    """The run that others start from; no sample of it is measured."""
    words = (*COMMON, *data, "evaluation=none", f"max_steps={SOURCE_STEPS}", f"seed={seed}")
    about = {"source": "-", "arm": f"source {name}", "images": 0, "seed": seed}
    return Job(f"source-{name}-s{seed}", words, about, SECONDS * SOURCE_STEPS)


def target(start: str, arm: str, words: Sequence[str], images: int, seed: int) -> Job:
    """MNIST-5k from one start."""
    words = (*COMMON, *AMOUNTS[images], *MEASURED, f"max_steps={STEPS}", *words, f"seed={seed}")
    about = {"source": start, "arm": arm, "images": images, "seed": seed}
    return Job(f"{images}-{start}-{arm}-s{seed}", words, about, SECONDS * STEPS + 30)


def jobs(seeds: Sequence[int], fashion: str | None) -> list[Job]:
    """Seed by seed: the sources, then all that start from them."""
    made = []
    for seed in seeds:
        known = sources(fashion)
        made += [source(name, data, seed) for name, data in known.items()]
        for images in AMOUNTS:
            made.append(target("none", "scratch", (), images, seed))
            for name in known:
                start = ("weights.source=run", f"weights.run={{source-{name}-s{seed}}}")
                arms = {arm: words for arm, words in ARMS.items() if images == FEWEST or arm in MORE}
                made += [target(name, arm, (*start, *words), images, seed) for arm, words in arms.items()]
    return made


def sheet(runs: Mapping[str, Path]) -> int:
    """docs/images/gan_transfer.png: each arm on the fewest images, with its FD; seed 0."""
    grids = {name: folder for name, folder in runs.items() if name.startswith(f"{FEWEST}-") and name.endswith("-s0")}
    titles = {}
    for name, folder in grids.items():
        arm = name.removeprefix(f"{FEWEST}-").removesuffix("-s0").removeprefix("none-")
        titles[f"{arm}, FD {record.read(folder)['metrics']['last'][METRICS[0]]:.0f}"] = folder
    grid_sheet.draw(titles, RESULTS.parent / "images" / "gan_transfer.png")
    return 0


def main(args: Namespace) -> int:
    if args.sheet:
        return sheet(finished(jobs(args.seeds, args.fashion)))
    return study(jobs(args.seeds, args.fashion), args, "gan_transfer", METRICS, COLUMNS)


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--fashion", metavar="FOLDER", help="Fashion-MNIST; without it there is the near source alone")
    options.add_argument("--sheet", action="store_true", help="a picture of grids")
    sys.exit(main(options.parse_args()))
