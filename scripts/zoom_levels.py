"""One model for three zoom levels, told the level or not, beside three models; and whether their levels agree.

  python scripts/study_translation.py --only 'cscgan|not-told|level-'     the runs
  python scripts/zoom_levels.py                                           docs/results/zoom_levels.csv

All models make the same test tiles. L1 is given by level with its difference to the model that is told the level, the
interval over strips of longitude. For the agreement of two levels four tiles of the finer one are laid together and
compared with the tile of the coarser one that shows the same ground; `drawn` is that of the true maps.

The rows of the second seed that are not told the level were measured on another machine than its other rows, beside a
model that is told it and was trained once more there (L1 0.0222, 0.0263 and 0.0125)."""

from __future__ import annotations

import argparse
import itertools
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from jobs import RESULTS, console, finished
from study_translation import LEVELS, map_jobs
from torch import Tensor

from artesano.data.pairs.listing import PairPart
from artesano.evaluation.pair_measures import PairMeasures
from artesano.kinds.image_gan.evaluate import AsTrained, measures
from artesano.kinds.image_gan.load import load_image_gan
from artesano.metrics.bootstrap import Interval, block_interval, paired_interval
from artesano.metrics.palette import Palette
from artesano.metrics.scale_consistency import scale_consistency
from artesano.metrics.translation import l1

TOLD, NOT_TOLD, THREE = "cscgan", "not-told", "three"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="those that the study was given")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], metavar="SEED")
    parser.add_argument("--out", type=Path, default=RESULTS, metavar="FOLDER", help="of the table (docs/results)")
    args = parser.parse_args()
    rows: list[dict] = []
    for seed in args.seeds:
        rows += of_seed(runs_of(seed, args.overrides), seed)
    if not rows:
        console.print("[red]no seed has all of its runs: first scripts/study_translation.py[/]")
        return 1
    table = pd.DataFrame(rows).round(5)
    table.to_csv(args.out / "zoom_levels.csv", index=False)
    console.print(table.to_string(index=False))
    return 0


def runs_of(seed: int, overrides: list[str]) -> dict[str, list[Path]]:
    """Model -> its run, or one for each level; without those that have not finished."""
    jobs = [job for job in map_jobs([seed]) if job.about["seed"] == seed]
    jobs = [type(job)(job.name, (*job.words, *overrides), job.about, job.seconds) for job in jobs]
    folders = {job.about["model"]: finished(jobs).get(job.name) for job in jobs}
    models = {TOLD: [TOLD], NOT_TOLD: [NOT_TOLD], THREE: [f"level-{level}" for level in LEVELS]}
    found = {name: [folder for kind in kinds if (folder := folders[kind])] for name, kinds in models.items()}
    return {name: found[name] for name, kinds in models.items() if len(found[name]) == len(kinds)}


def of_seed(runs: dict[str, list[Path]], seed: int) -> list[dict]:
    """Rows of the table; none where the model that is told the level is missing."""
    if TOLD not in runs:
        return []
    compare = measures(load_image_gan(runs[TOLD][0]), [], "test")
    part, palette = compare.loaders.listing.parts["test"], compare.palette[0]
    assert palette is not None
    maps = {name: translated(folders, compare) for name, folders in runs.items()}
    truth = torch.cat([compare.images.unit(batch).target for batch in prepared_batches(compare, runs[TOLD][0])])
    errors = {name: l1(made, truth).numpy() for name, made in maps.items()}
    rows = []
    for number, level in enumerate(LEVELS):
        of = part.labels == number
        for name, values in errors.items():
            interval = paired_interval(values[of], errors[TOLD][of], np.array(part.blocks)[of])
            rows.append(row(seed, level, "l1", name, interval, values[of]))
    for name, made in (maps | {"drawn": truth}).items():
        rows += agreements(seed, name, made, part, palette)
    return rows


def row(seed: int, level: int, metric: str, model: str, interval: Interval, values: np.ndarray) -> dict:
    """Mean, and the interval of the difference to the model that is told the level."""
    return {
        "seed": seed,
        "level": level,
        "metric": metric,
        "model": model,
        "tiles": len(values),
        "mean": np.nanmean(values),
        "more_than_cscgan": interval.mean,
        "low": interval.low,
        "high": interval.high,
    }


def prepared_batches(compare: PairMeasures, folder: Path):
    """The test tiles in order, as the networks see them."""
    translator = AsTrained(load_image_gan(folder))
    for batch in compare.loaders.evaluate("test"):
        yield compare.images.prepared(translator, batch)[0]


def translated(folders: list[Path], compare: PairMeasures) -> Tensor:
    """float [N, 3, H, W] in [0, 1]: the maps of all test tiles; of several runs, that of the tile's level."""
    translators = [AsTrained(load_image_gan(folder)) for folder in folders]
    made = []
    for batch in prepared_batches(compare, folders[0]):
        images = torch.empty_like(batch.target)
        for number, translator in enumerate(translators):
            of = batch.labels == number if len(translators) > 1 else torch.ones_like(batch.labels, dtype=torch.bool)
            if of.any():
                images[of] = translator.translate(batch._replace(source=batch.source[of], labels=batch.labels[of]))
        made.append(images)
    return torch.cat(made)


def agreements(seed: int, model: str, maps: Tensor, part: PairPart, palette: Palette) -> list[dict]:
    """Of each level with the next finer one."""
    rows = []
    for coarse, level in list(enumerate(LEVELS))[1:]:
        tiles, quarters = same_ground(part, coarse)
        fine = torch.cat([torch.cat([maps[row] for row in pair], 3) for pair in quarters.transpose(0, 1).split(2)], 2)
        for metric, values in scale_consistency(maps[tiles], fine, palette).items():
            numbers = values.numpy().astype(float)
            interval = block_interval(numbers, np.array(part.blocks)[tiles.numpy()])
            own = row(seed, level, metric, model, interval, numbers)
            rows.append(own | {"more_than_cscgan": np.nan})  # the interval is of the mean itself
    return rows


def same_ground(part: PairPart, coarse: int) -> tuple[Tensor, Tensor]:
    """Rows int64 [M] of a level, and [M, 4] of the next finer one: north-west, north-east, south-west, south-east."""
    squares = part.reader.squares  # type: ignore[attr-defined]
    starts = np.cumsum([0, *map(len, squares)])
    one, two = squares[coarse], squares[coarse - 1]
    finer = {place: starts[coarse - 1] + row for row, place in enumerate(zip(two.top, two.left, strict=True))}
    factor = one.level // two.level
    rows, quarters = [], []
    for number, (top, left) in enumerate(zip(one.top, one.left, strict=True)):
        places = itertools.product((top * factor, top * factor + two.side), (left * factor, left * factor + two.side))
        four = [finer.get(place) for place in places]
        if None not in four:  # squares of mostly sea may be left out
            rows.append(starts[coarse] + number)
            quarters.append(four)
    return torch.tensor(rows), torch.tensor(np.array(quarters, dtype=np.int64))


if __name__ == "__main__":
    sys.exit(main())
