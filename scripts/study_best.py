"""Does hacks=best win? Beside hacks=lecture, on MNIST-5k and on as many images of Fashion-MNIST; DCGAN at 32 px.

  python scripts/study_best.py --list
  python scripts/study_best.py --fashion <folder>     docs/results/hacks_best.csv; <folder>: torchvision's FashionMNIST
  python scripts/study_best.py --only mnist5k-best-half --seeds 0

FD and coverage after 2,500 updates; on Fashion-MNIST also after 5,000, with seed 0. Of MNIST-5k the runs of
hacks=lecture are those of study_hacks.py (docs/results/hacks.csv), and 5,000 updates of hacks=best are gan=dcgan of
study_variants.py. What was tried on the way, with one seed, is docs/results/hacks_best_tried.csv."""

from __future__ import annotations

import sys

from jobs import Job, parser, study

HALF, END = 2500, 5000
COMMON = ("task=gan", "evaluation=fast", "trainer.precision=bf16-mixed", f"eval_every={HALF}", "samples_every=500")
METRICS = ["test/fd_lite0_1k", "test/coverage_lite0_1k", "test/precision_lite0_1k", "test/recall_lite0_1k"]


def jobs(seeds: list[int], fashion: str) -> list[Job]:
    """Seed by seed; the long one last."""
    data = {
        "mnist5k": ("data=mnist5k",),
        "fashion_mnist": ("data=fashion_mnist", f"data.root={fashion}", "data.shots=350"),
    }
    cells = [("mnist5k", "best"), ("fashion_mnist", "best"), ("fashion_mnist", "lecture")]
    short = [job(name, data[name], hacks, seed, HALF) for seed in seeds for name, hacks in cells]
    return [*short, job("fashion_mnist", data["fashion_mnist"], "best", 0, END)]


def job(name: str, data: tuple[str, ...], hacks: str, seed: int, steps: int) -> Job:
    """One run."""
    words = (*COMMON, *data, f"hacks={hacks}", f"max_steps={steps}", f"seed={seed}")
    about = {"data": name, "hacks": hacks, "steps": steps, "seed": seed}
    return Job(f"{name}-{hacks}{'-half' if steps == HALF else ''}-s{seed}", words, about, steps / 9)


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--fashion", metavar="FOLDER", default="~/data", help="that holds FashionMNIST/raw")
    args = options.parse_args()
    columns = {"verdict": lambda record: record["health"]["verdict"]}
    sys.exit(study(jobs(args.seeds, args.fashion), args, "hacks_best", METRICS, columns))
