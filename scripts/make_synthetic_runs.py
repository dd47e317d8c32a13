"""Folders as runs leave them, without a run: to time what reads many. Made in seconds, the same ones each time.

python scripts/make_synthetic_runs.py 5000 <folder>
time artesano compare <folder>
time artesano compare <folder> --html page.html"""

from __future__ import annotations

import argparse
import math
import random
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

from rich.progress import track

from artesano.config.compose import compose
from artesano.runs import record

FIRST = ("task=transfer", "backbone=test_resnet", "weights.source=none", "image_size=32", "max_steps=1000")
CHOICES = {
    "strategy": ("freeze", "partial", "full", "lpft"),
    "optimizer": ("adamw", "sgd"),
    "data.shots": (10, 20, 50, 200),
    "label_smoothing": (0.0, 0.1),
    "data.batch_size": (32, 64),
}
GAIN = {"freeze": 0.0, "partial": 0.05, "full": 0.07, "lpft": 0.06, "sgd": -0.02}
TRAINED = {"freeze": 1_290, "partial": 120_000, "full": 470_000, "lpft": 470_000}


def chosen(draw: random.Random) -> dict[str, Any]:
    """As a random search does it."""
    rate = float(f"{10 ** draw.uniform(-4, -1):.3g}")
    return {"optimizer.lr": rate, **{key: draw.choice(values) for key, values in CHOICES.items()}}


def accuracy(about: dict[str, Any], draw: random.Random) -> float:
    """A plausible one: more for more images and a rate near 0.002, some luck."""
    rate = -0.02 * abs(math.log10(about["optimizer.lr"] / 0.002))
    gain = sum(GAIN.get(about[key], 0.0) for key in ("strategy", "optimizer"))
    return min(0.999, 0.6 + 0.12 * math.log10(about["data.shots"]) + gain + rate + draw.gauss(0, 0.01))


def curves(last: float, draw: random.Random) -> str:
    """`metrics.csv`: a loss at every tenth step, an accuracy at every fiftieth."""
    rows = []
    for step in range(10, 1001, 10):
        rows.append(f"{step},train/loss,{2.3 * math.exp(-step / 200) + 0.1 + draw.gauss(0, 0.02)!r}\n")
        if step % 50 == 0:
            rows.append(f"{step},val/accuracy,{last * (1 - math.exp(-step / 150))!r}\n")
    return "step,name,value\n" + "".join(rows)


def make(folder: Path, about: dict[str, Any], seed: int, like: dict[str, Any], draw: random.Random) -> None:
    """One folder; three in a hundred have no result."""
    content, number, luck = deepcopy(like), accuracy(about, draw), draw.random()
    content["name"], content["seed"] = folder.name[5:], seed
    content["overrides"] = [*FIRST, *(f"{key}={value}" for key, value in about.items()), f"seed={seed}"]
    content["choices"] |= {key: value for key, value in about.items() if key in content["choices"]}
    content["config"] |= {key: value for key, value in about.items() if key in content["config"]} | {"seed": seed}
    content["parameters"] = {"total": 470_000, "trainable": TRAINED[about["strategy"]]}
    content["seconds"] = round(TRAINED[about["strategy"]] ** 0.5 * draw.uniform(0.08, 0.12), 2)
    metrics = {"test/accuracy": number, "test/nll": 2 * (1 - number), "val/accuracy": number + 0.002}
    content |= {"status": "finished", "metrics": {"best": metrics, "last": metrics}}
    content |= {"steps": 1000, "steps_per_epoch": 50, "monitor": {"name": "val/accuracy", "mode": "max"}}
    if luck < 0.03:
        error = {"type": "NotFinite", "message": "the loss is not finite", "step": int(1000 * draw.random())}
        content |= {"status": "failed" if luck < 0.02 else "interrupted", "error": error, "metrics": {}}
    folder.mkdir(parents=True)
    record.write(folder, content)
    (folder / "metrics.csv").write_text(curves(number, draw))
    times = (f"{step},{content['seconds'] * step / 1000:.3f}\n" for step in range(10, 1001, 10))
    (folder / "times.csv").write_text("step,seconds\n" + "".join(times))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, help="how many")
    parser.add_argument("folder", type=Path, help="a new one")
    args = parser.parse_args()
    if args.folder.exists():
        sys.exit(f"{args.folder} is there already")
    draw, composed = random.Random(0), compose(list(FIRST))
    like = record.new(
        name="", task="transfer", seed=0, overrides=[], choices=composed.choices, config=composed.resolved
    )
    about = chosen(draw)
    for number in track(range(args.count), "folders"):
        if number % 3 == 0:  # three seeds of each
            about = chosen(draw)
        make(args.folder / "transfer" / f"{number + 1:04d}-synthetic", about, number % 3, like, draw)


if __name__ == "__main__":
    main()
