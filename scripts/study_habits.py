"""Three habits, measured: ending a run early, averaging runs (soup), looking for label mistakes. Digits and land use.

  python scripts/study_habits.py --ucmerced <folder>                  all three, one after the other
  python scripts/study_habits.py --ucmerced <folder> --part runs      docs/results/early_end.csv; 40 s a run
  python scripts/study_habits.py --ucmerced <folder> --part soup      docs/results/soup.csv, of the whole runs of `runs`
  python scripts/study_habits.py --ucmerced <folder> --part labels    docs/results/label_mistakes.csv

`runs` trains the last two groups and the head (strategy=partial) for 10 epochs, whole, with patience and with a limit
of time. `soup` averages the whole runs, which differ in seed and learning rate, with the two ways to have statistics of
BatchNorm. `labels` gives 3 % of the images another label at random, and counts how many of these are among the first
5 % of the list that `artesano check --labels` writes."""

from __future__ import annotations

import sys
import tempfile
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jobs import Job, as_table, console, finished, parser, study
from PIL import Image
from torch import Tensor

from artesano.cli import main as artesano
from artesano.data.loaders import Loaders
from artesano.data.mnist5k import Mnist5k
from artesano.kinds.data_of_run import data_for
from artesano.kinds.transfer.load import load
from artesano.kinds.transfer.soup_folder import metrics_on
from artesano.runs import record
from artesano.transfer.norm_stats import batch_norms
from artesano.transfer.soup import Soup, greedy
from artesano.transfer.target_statistics import estimate

FLIPPED, LOOKED_AT = 0.03, 0.05  # shares of all images
COMMON = ("strategy=partial", "strategy.groups=2", "data.batch_size=64", "max_epochs=10", "image_size=64")
RATES = ("1e-3", "5e-4", "2e-3")  # of seeds 0, 1, 2, ...
WAYS = {"whole": (), "patience": ("patience=2",), "minutes": ("max_minutes=1",)}


def sources(ucmerced: str | None) -> dict[str, tuple[str, ...]]:
    """The words that choose each data set: 700 digits, 735 photos of land use."""
    digits = {"mnist5k": ("data=mnist5k", "data.fraction=0.2")}
    tiles = ("data=folder", f"data.root={ucmerced}", "data.test_fraction=0.2")
    return digits if ucmerced is None else digits | {"ucmerced": tiles}


def jobs(seeds: Sequence[int], ucmerced: str | None) -> list[Job]:
    """The whole runs first."""
    return [
        Job(
            f"{data}-{way}-s{seed}",
            (*words, *COMMON, *options, f"optimizer.lr={RATES[seed % len(RATES)]}", f"seed={seed}"),
            {"data": data, "way": way, "seed": seed},
            40,
        )
        for way, options in WAYS.items()
        for seed in seeds
        for data, words in sources(ucmerced).items()
    ]


def soups(args: Namespace) -> int:
    """One row for each data set and way of averaging."""
    runs, rows = finished(jobs(args.seeds, args.ucmerced)), []
    for data in sources(args.ucmerced):
        whole = [folder for name, folder in runs.items() if name.startswith(f"{data}-whole-")]
        if len(whole) > 1:
            rows += soup_rows(data, whole)
    return publish(rows, args.out / "soup.csv", "accuracy of averages and of what is in them")


def soup_rows(data: str, whole: list[Path]) -> list[dict[str, Any]]:
    """Mean and best of the runs, and the greedy soup with averaged and with recomputed statistics."""
    best = {folder: record.read(folder)["metrics"]["best"] for folder in whole}
    order = sorted(whole, key=lambda folder: -best[folder]["val/accuracy"])
    taster = load(order[0])
    parts = {
        part: Loaders(data_for([], order[0], part), taster.preprocessing, seed=0) for part in ("train", "val", "test")
    }

    def accuracy(state: Mapping[str, Tensor], recompute: bool, part: str) -> float:
        taster.network.load_state_dict(state)
        if recompute:
            loaders = parts["train"]
            batches = loaders.train(lambda: 0, loaders.steps_per_epoch)
            layers = list(batch_norms(taster.network).values())
            estimate(taster.network, layers, (loaders.prepare(batch, None).images for batch in batches))
        return metrics_on(taster, parts[part], part)["accuracy"]

    def soup(recompute: bool) -> Soup:
        return greedy(
            [load(folder).network.state_dict for folder in order], lambda state: accuracy(state, recompute, "val")
        )

    named = ("val/accuracy", "test/accuracy")
    rows = [
        {"data": data, "what": "mean of the runs", "runs": len(order)}
        | {name: float(np.mean([one[name] for one in best.values()])) for name in named},
        {"data": data, "what": "best run by val", "runs": 1} | {name: best[order[0]][name] for name in named},
    ]
    for recompute, what in ((False, "soup, statistics averaged"), (True, "soup, statistics recomputed")):
        made = soup(recompute)
        test = accuracy(made.state, recompute, "test")
        rows.append(
            {"data": data, "what": what, "runs": len(made.kept), "val/accuracy": made.value, "test/accuracy": test}
        )
    return rows


def labels(args: Namespace) -> int:
    """One row for each data set: how many of the flipped labels the list has near its top."""
    rows = []
    with tempfile.TemporaryDirectory() as place:
        for data, table in tables(Path(place), args.ucmerced).items():
            flipped = flip(table)
            table.to_csv(file := Path(place) / f"{data}.csv", index=False)
            picture = Path(place) / f"{data}-list.png"
            words = ["data=csv", f"data.file={file}", "image_size=64", *args.overrides]
            if artesano(["check", *words, "--labels", "--picture", str(picture)]):
                return 1
            listed = pd.read_csv(picture.with_suffix(".csv"))
            rows.append({"data": data, "images": len(listed), "flipped": len(flipped)} | counted(listed, flipped))
    return publish(rows, args.out / "label_mistakes.csv", "flipped labels that are found")


def counted(listed: pd.DataFrame, flipped: set[str]) -> dict[str, Any]:
    """Where the flipped ones stand."""
    wrong = listed["image"].isin(flipped)
    first = wrong[: round(LOOKED_AT * len(listed))]
    return {
        "first_5_percent": len(first),
        "flipped_among_them": int(first.sum()),
        "recall": round(float(first.sum() / len(flipped)), 4),
        "suspected": int(listed["suspected"].sum()),
        "flipped_among_suspected": int((wrong & listed["suspected"]).sum()),
    }


def tables(place: Path, ucmerced: str | None) -> dict[str, pd.DataFrame]:
    """Path and label of each image; digits are written as PNG."""
    listing, rows = Mnist5k().listing(), []
    for part, split in listing.splits.items():
        for row in range(len(split)):
            split.read(row).save(file := place / f"{part}-{row}.png")
            rows.append({"path": str(file), "label": f"digit {split.labels[row]}"})
    made = {"mnist5k": pd.DataFrame(rows)}
    if ucmerced is not None:
        files = sorted(path for path in Path(ucmerced).glob("*/*") if path.suffix in Image.registered_extensions())
        made["ucmerced"] = pd.DataFrame({"path": map(str, files), "label": [file.parent.name for file in files]})
    return made


def flip(table: pd.DataFrame) -> set[str]:
    """Give a share of the images another label; returns their paths."""
    random, classes = np.random.default_rng(0), sorted(set(table["label"]))
    chosen = random.choice(len(table), round(FLIPPED * len(table)), replace=False)
    for row in chosen:
        table.loc[row, "label"] = random.choice([name for name in classes if name != table.loc[row, "label"]])
    return set(table.loc[chosen, "path"])


def publish(rows: list[dict[str, Any]], path: Path, title: str) -> int:
    """Write and print the table."""
    frame = pd.DataFrame(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(path, index=False)
    console.print(as_table(frame.round(4), title))
    return 0


def runs(args: Namespace) -> int:
    """Whole runs, and runs that end early."""
    columns = {"ended_by": lambda known: known["ended_by"]["key"], "step": lambda known: known["ended_by"]["step"]}
    return study(jobs(args.seeds, args.ucmerced), args, "early_end", columns=columns)


PARTS = {"runs": runs, "soup": soups, "labels": labels}


def main(args: Namespace) -> int:
    return max(PARTS[name](args) for name in ([args.part] if args.part else PARTS))


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument(
        "--ucmerced", metavar="FOLDER", help="one subfolder of images per class; without it digits alone"
    )
    options.add_argument("--part", choices=PARTS, help="one of the three (all)")
    sys.exit(main(options.parse_args()))
