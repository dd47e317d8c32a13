"""Several labels for an image: sigmoids beside a bare PyTorch loop, and beside a softmax of one of the labels.

  python scripts/study_multilabel.py --ucmerced <folder>    writes docs/results/multilabel.csv; 8 minutes of a core
  python scripts/study_multilabel.py --summary              the table

A picture is the left half of one tile of UC Merced beside the right half of another, so it has two labels of 21. Tiles
0 to 31 of each class make 420 pictures for training, 32 to 39 make 84 for validation, 40 to 49 make 210 for the test:
no tile is in two parts. Every run has EfficientNet-Lite0 at 64 px, the same steps, batch size and rate. `bare` is a
loop in plain PyTorch, `softmax` is our own run on one of the two labels, drawn for each picture; all are scored by the
mAP of both labels on the test pictures, after the last step."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from jobs import RESULTS, as_table, console
from PIL import Image
from torch import Tensor, nn

import artesano
from artesano.backbones.create import create_backbone, data_config, feature_dim
from artesano.backbones.weights import Weights
from artesano.data.loaders import Loaders
from artesano.data.preprocessing import Preprocessing
from artesano.data.table import Table
from artesano.metrics.multilabel import multilabel_metrics
from artesano.seeding import generator
from artesano.training.schedules import Cosine

TABLE = "multilabel"
PARTS = {"train": (range(32), 420), "val": (range(32, 40), 84), "test": (range(40, 50), 210)}  # tiles, pictures
SIDE, SIZE, BATCH = 128, 64, 32
STEPS = {"freeze": 300, "full": 100}
HEAD_LR = {"freeze": 10.0, "full": 3.0}
RATE = 1e-3
SEVERAL = ("data.label_column=labels", "data.label_separator=;")
ARMS = {  # name -> the words of our run, and whether it is scored by the softmax of one label
    "ours": (SEVERAL, False),
    "ours, asymmetric": ((*SEVERAL, "multilabel=asymmetric"), False),
    "softmax": (("data.label_column=one",), True),
}


def compose(root: Path, work: Path, seed: int = 0) -> Path:
    """Pictures of two tiles, and a table of them: path, labels, one of them, part; made once."""
    table = work / "pictures.csv"
    if table.is_file():
        return table
    draw, rows = np.random.default_rng(seed), []
    for part, (numbers, count) in PARTS.items():
        tiles = [tile for folder in sorted(root.iterdir()) if folder.is_dir() for tile in tiles_of(folder, numbers)]
        (work / part).mkdir(parents=True, exist_ok=True)
        for place, (left, right) in enumerate(couples(tiles, count, draw)):
            name = f"{part}/{place:03}.png"
            joined(left, right).save(work / name)
            labels = [left.parent.name, right.parent.name]
            rows.append({"path": name, "labels": ";".join(labels), "one": draw.choice(labels), "part": part})
    pd.DataFrame(rows).to_csv(table, index=False)
    return table


def tiles_of(folder: Path, numbers: Sequence[int]) -> list[Path]:
    """The tiles of a class by the two digits at the end of their names."""
    return [tile for tile in sorted(folder.iterdir()) if int(tile.stem[-2:]) in numbers]


def couples(tiles: Sequence[Path], count: int, draw: np.random.Generator) -> list[tuple[Path, Path]]:
    """Tiles of two classes; each is used about as often as any other."""
    chosen: list[tuple[Path, Path]] = []
    while len(chosen) < count:
        order = draw.permutation(len(tiles))
        chosen += [
            (tiles[one], tiles[other])
            for one, other in zip(order[::2], order[1::2], strict=False)
            if tiles[one].parent != tiles[other].parent
        ]
    return chosen[:count]


def joined(left: Path, right: Path) -> Image.Image:
    """The left half of one tile beside the right half of the other."""
    picture, other = (Image.open(tile).convert("RGB").resize((SIDE, SIDE)) for tile in (left, right))
    picture.paste(other.crop((SIDE // 2, 0, SIDE, SIDE)), (SIDE // 2, 0))
    return picture


def words(table: Path, strategy: str, seed: int) -> tuple[str, ...]:
    """What all of our runs have in common."""
    data = ("data=csv", f"data.file={table}", "data.split_column=part", f"data.batch_size={BATCH}")
    size = (f"image_size={SIZE}", "crop_pct=1.0", f"max_steps={STEPS[strategy]}", f"eval_every={STEPS[strategy]}")
    rate = (f"strategy={strategy}", f"strategy.head_lr={HEAD_LR[strategy]}", f"optimizer.lr={RATE}")
    updated = ("strategy.norm_stats=updated",) if strategy == "full" else ()
    return (*data, *size, *rate, *updated, f"seed={seed}", "trainer=cpu", "logger.wandb.mode=disabled")


def of_test(table: Path) -> tuple[list[str], Tensor]:
    """Files and labels uint8 [N, 21] of the test pictures."""
    data = Table(file=str(table), label_column="labels", label_separator=";", split_column="part")
    test = data.listing().splits["test"]
    return test.names, torch.from_numpy(test.labels)


def of_ours(table: Path, strategy: str, arm: str, seed: int) -> dict[str, float]:
    """Metrics of a run of Artesano."""
    chosen, softmax = ARMS[arm]
    run = artesano.train(*words(table, strategy, seed), *chosen)
    assert run.folder is not None
    files, labels = of_test(table)
    logits = artesano.load(run.folder).logits(files)
    if softmax:  # the order of the probabilities within a picture and between pictures, not that of the raw logits
        logits = logits.double().log_softmax(1).exp().logit(eps=1e-12)
    metrics = multilabel_metrics(logits, labels, None if softmax else run.record["model"]["thresholds"])
    return metrics | {"seconds": run.record["seconds"]}


def of_bare(table: Path, strategy: str, seed: int) -> dict[str, float]:
    """Metrics of the same net, steps, batch size and rates in a plain loop."""
    began = time.perf_counter()
    torch.manual_seed(seed)
    backbone = create_backbone("tf_efficientnet_lite0", Weights("package"), image_size=SIZE)
    net = nn.Sequential(backbone, nn.Linear(feature_dim(backbone), 21))
    images, labels = pictures(table, "train")
    groups: list[dict] = [{"params": net[1].parameters(), "lr": RATE * HEAD_LR[strategy]}]
    if strategy == "full":
        groups.append({"params": net[0].parameters(), "lr": RATE})
        net.to(memory_format=torch.channels_last).train()
    else:
        with torch.no_grad():
            images = torch.cat([backbone.eval()(part) for part in images.split(BATCH)])
    trained = net if strategy == "full" else net[1]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    schedule, steps = Cosine(), STEPS[strategy]
    for step, rows in zip(range(steps), batches(len(labels), seed), strict=False):
        for group, rate in zip(optimizer.param_groups, (RATE * HEAD_LR[strategy], RATE), strict=False):
            group["lr"] = rate * schedule((step + 0.5) / steps)
        loss = nn.functional.binary_cross_entropy_with_logits(trained(images[rows]), labels[rows].float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    images, labels = pictures(table, "test")
    with torch.no_grad():
        logits = torch.cat([net.eval()(part) for part in images.split(BATCH)])
    return multilabel_metrics(logits, labels) | {"seconds": time.perf_counter() - began}


def pictures(table: Path, part: str) -> tuple[Tensor, Tensor]:
    """Normalised images and labels of a part."""
    backbone = create_backbone("tf_efficientnet_lite0", Weights("none"), image_size=SIZE)
    preprocessing = Preprocessing.from_timm(data_config(backbone) | {"crop_pct": 1.0}, SIZE, 3)
    data = Table(file=str(table), label_column="labels", label_separator=";", split_column="part")
    loaders = Loaders(data, preprocessing, seed=0)
    ready = [loaders.prepare(batch, None) for batch in loaders.evaluate(part)]
    images = torch.cat([batch.images for batch in ready]).contiguous(memory_format=torch.channels_last)
    return images, torch.cat([batch.labels for batch in ready])


def batches(count: int, seed: int) -> Iterator[Tensor]:
    """Rows of each batch, epoch after epoch."""
    for epoch in range(10_000):
        order = torch.randperm(count, generator=generator(seed, "bare", epoch))
        yield from (rows for rows in order.split(BATCH) if len(rows) > 1)


def study(table: Path, seeds: Sequence[int], path: Path) -> None:
    """Run what the table of results has not, seed by seed."""
    rows = pd.read_csv(path).to_dict("records") if path.is_file() else []
    known = {(row["strategy"], row["arm"], row["seed"]) for row in rows}
    for seed in seeds:
        for strategy, steps in STEPS.items():
            for arm in ("bare", *ARMS):
                if (strategy, arm, seed) in known:
                    continue
                metrics = of_bare(table, strategy, seed) if arm == "bare" else of_ours(table, strategy, arm, seed)
                about = {"strategy": strategy, "arm": arm, "seed": seed, "steps": steps}
                rows.append(about | {name: round(value, 4) for name, value in metrics.items()})
                path.parent.mkdir(parents=True, exist_ok=True)
                pd.DataFrame(rows).to_csv(path, index=False)


def summary(path: Path) -> int:
    """Means over the seeds."""
    rows = pd.read_csv(path)
    groups = rows.groupby(["strategy", "arm"], sort=False)
    shown = ["map", "micro_f1", "macro_f1", "micro_f1_tuned", "macro_f1_tuned", "seconds"]
    table = groups[shown].mean().round(4)
    table.insert(0, "seeds", groups.size())
    console.print(as_table(table.reset_index(), "test pictures with two labels of 21; means over the seeds"))
    return 0


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--ucmerced", type=Path, metavar="FOLDER", help="one subfolder of images per class")
    options.add_argument("--work", type=Path, default=Path("outputs/multilabel"), help="folder of the pictures made")
    options.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], metavar="SEED")
    options.add_argument("--out", type=Path, default=RESULTS, metavar="FOLDER", help="of the table (docs/results)")
    options.add_argument("--summary", action="store_true", help="of the rows there are; runs nothing")
    args = options.parse_args()
    path = args.out / f"{TABLE}.csv"
    if not args.summary:
        if args.ucmerced is None:
            options.error("--ucmerced: give the folder of UC Merced's classes")
        study(compose(args.ucmerced, args.work), args.seeds, path)
    return summary(path)


if __name__ == "__main__":
    sys.exit(main())
