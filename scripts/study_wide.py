"""Wide and tall photos whose class stands at one end: what each `crop_mode` sees of them.

  python scripts/study_wide.py --ucmerced <folder>     docs/results/wide.csv, in a minute

A canvas of 3:1 or 1:3 has a tile of UC Merced land use at one end (left or right, top or bottom, at random) and grey
noise in the rest; the class is that of the tile. A frozen backbone is trained on canvases by each mode.
`plain` is the tile alone: the best that there is to reach."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jobs import RESULTS, as_table, console
from PIL import Image

import artesano

MODES = ("center", "squash", "border")
SIZES = (128,)
TILES = 30  # of each class
COMMON = ("strategy=freeze", "optimizer.lr=3e-3", "max_epochs=40", "data=folder", "logger.wandb.mode=disabled")


def canvas(tile: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """uint8 [H, W, 3], three times as long as wide or high: the tile at one end, grey noise elsewhere."""
    side = len(tile)
    long = random.normal(128, 20, (side, 3 * side, 3)).clip(0, 255).astype(np.uint8)
    tall = bool(random.integers(2))
    start = 2 * side * int(random.integers(2))
    long[:, start : start + side] = np.rot90(tile, -1) if tall else tile
    return np.rot90(long) if tall else long


def draw(ucmerced: Path, classes: int, folder: Path) -> dict[str, Path]:
    """Write tiles and canvases as PNG, one subfolder for each class; returns the two folders."""
    random = np.random.default_rng(0)
    places = {"plain": folder / "plain", "canvas": folder / "canvas"}
    names = sorted(path.name for path in ucmerced.iterdir() if path.is_dir())
    for name in names[:: max(1, len(names) // classes)][:classes]:
        for place in places.values():
            (place / name).mkdir(parents=True)
        for file in sorted((ucmerced / name).iterdir())[:TILES]:
            tile = np.asarray(Image.open(file).convert("RGB").resize((256, 256)))
            Image.fromarray(tile).save(places["plain"] / name / f"{file.stem}.png")
            Image.fromarray(canvas(tile, random)).save(places["canvas"] / name / f"{file.stem}.png")
    return places


def rows(places: dict[str, Path]) -> Iterator[dict[str, Any]]:
    """One for each mode and size."""
    for size in SIZES:
        for mode in (*MODES, "plain"):
            root = places["plain" if mode == "plain" else "canvas"]
            words = [*COMMON, f"data.root={root}", f"image_size={size}", "crop_pct=1.0", f"name=wide-{mode}-{size}"]
            run = artesano.train(*words, *([] if mode == "plain" else [f"crop_mode={mode}"]))
            accuracy = {name: run.metrics[f"{name}/accuracy"] for name in ("val", "test")}
            yield {
                "crop_mode": mode,
                "image_size": size,
                "images": sum(run.record["data"]["images"].values()),
            } | accuracy


def main(args: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as place:
        frame = pd.DataFrame(rows(draw(args.ucmerced, args.classes, Path(place))))
    args.out.mkdir(parents=True, exist_ok=True)
    frame.to_csv(args.out / "wide.csv", index=False)
    console.print(as_table(frame.round(4), "accuracy on photos of 3:1 whose class stands at one end"))
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--ucmerced", type=Path, required=True, metavar="FOLDER", help="one subfolder of images per class"
    )
    parser.add_argument(
        "--classes", type=int, default=10, metavar="N", help="how many, from all over the alphabet (10)"
    )
    parser.add_argument("--out", type=Path, default=RESULTS, metavar="FOLDER", help="of the table (docs/results)")
    sys.exit(main(parser.parse_args()))
