"""UC Merced land use, 21 classes, a folder with one subfolder per class: frozen features at 224 px, partial at 128 px.

  python scripts/study_ucmerced.py --root <folder>          writes docs/results/ucmerced*.csv; 20 minutes on two cores

Stratified 80/20 by data.split_seed. Neighbouring tiles overlap in this data set, so a random split flatters."""

from __future__ import annotations

import sys

from jobs import Job, parser, study

# Usual rates, not tuned on this data; freeze multiplies its by head_lr=10.
# freeze: 30 epochs cost seconds, the features are computed once. partial: light augmentation, for 40 images a class.
SETTINGS = {
    "freeze": (224, ("optimizer.lr=0.001", "max_epochs=30"), 45),
    "partial": (128, ("optimizer.lr=0.001", "max_epochs=15", "data.augment=light"), 240),
}


def jobs(root: str, seeds: list[int]) -> list[Job]:
    """One run for each strategy and seed."""
    made = []
    for strategy, (size, overrides, seconds) in SETTINGS.items():
        for seed in seeds:
            common = (f"strategy={strategy}", "data=folder", f"data.root={root}", "data.test_fraction=0.2")
            about = {"data": "ucmerced", "strategy": strategy, "image_size": size, "seed": seed}
            name = f"ucmerced-{strategy}-{size}px-s{seed}"
            made.append(Job(name, (*common, f"image_size={size}", *overrides, f"seed={seed}"), about, seconds))
    return made


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--root", required=True, help="folder with one subfolder of images per class")
    args = options.parse_args()
    sys.exit(study(jobs(args.root, args.seeds), args, "ucmerced"))
