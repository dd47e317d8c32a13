"""UC Merced land use, 21 classes, one subfolder per class: frozen features at 224 px, fine-tuned at 128 px.

  python scripts/study_ucmerced.py --root <folder>               writes docs/results/ucmerced*.csv; 20 minutes
  python scripts/study_ucmerced.py --root <folder> --by-number   docs/results/ucmerced_by_number*.csv; 25 minutes

Neighbouring tiles overlap in this data set, so a random split (stratified 80/20 by data.split_seed) flatters.
`--by-number` trains on the images 0 to 39 of each class and tests on 40 to 49: neighbours are apart. There the strategy
at 128 px is the one that `strategy=auto` takes."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from jobs import Job, parser, study

# Usual rates, not tuned on this data; freeze multiplies its by head_lr=10.
# freeze: 30 epochs cost seconds, the features are computed once. The others: light augmentation, for 40 images a class.
FREEZE = (224, ("optimizer.lr=0.001", "max_epochs=30"), 45)
FINE_TUNED = (128, ("optimizer.lr=0.001", "max_epochs=15", "data.augment=light"), 240)
LAST_TRAINED = 39


def jobs(data: str, source: tuple[str, ...], seeds: list[int], fine_tuned: str) -> list[Job]:
    """One run for each strategy and seed."""
    made = []
    for strategy, (size, overrides, seconds) in {"freeze": FREEZE, fine_tuned: FINE_TUNED}.items():
        for seed in seeds:
            about = {"data": data, "strategy": strategy, "image_size": size, "seed": seed}
            words = (f"strategy={strategy}", "data=folder", *source, f"image_size={size}", *overrides, f"seed={seed}")
            made.append(Job(f"{data}-{strategy}-{size}px-s{seed}", words, about, seconds))
    return made


def by_number(root: Path, made: Path) -> Path:
    """A folder of links, train/<class> and test/<class>, by the number at the end of each file's name."""
    for image in sorted(path for path in root.glob("*/*") if path.is_file()):
        number = re.search(r"(\d{2})$", image.stem)
        if number is None:
            raise SystemExit(f"{image}: its name does not end with a number of two digits")
        part = "train" if int(number[1]) <= LAST_TRAINED else "test"
        link = made / part / image.parent.name / image.name
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.is_symlink():
            link.symlink_to(image.resolve())
    return made


def taken(record: dict[str, Any]) -> str:
    """The strategy that learned."""
    return record["config"]["strategy._target_"].rpartition(".")[2].lower()


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--root", required=True, type=Path, help="folder with one subfolder of images per class")
    options.add_argument("--by-number", action="store_true", help="neighbours apart; the advised strategy")
    options.add_argument("--work", type=Path, default=Path("outputs/ucmerced_by_number"), help="folder for its links")
    args = options.parse_args()
    if args.by_number:
        source = (f"data.root={by_number(args.root, args.work)}",)
        made = jobs("ucmerced-by-number", source, args.seeds, "auto")
        sys.exit(study(made, args, "ucmerced_by_number", columns={"taken": taken}))
    source = (f"data.root={args.root}", "data.test_fraction=0.2")
    sys.exit(study(jobs("ucmerced", source, args.seeds, "partial"), args, "ucmerced"))
