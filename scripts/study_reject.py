"""Which score refuses images of no known class? And what do a temperature and test-time augmentation change?

  python scripts/study_reject.py --ucmerced <folder> --seeds 0    docs/results/reject.csv, 4 minutes of CPU
  python scripts/study_reject.py --summary                        the table

Two data sets: UC Merced, where seven of the 21 classes are never trained on, and mnist5k, with letters drawn by the
fonts of matplotlib. The threshold of each score is the one that answers 95 percent of the images of val; `refused_*`
is the share of the unknown images below it, `kept_*` that of the known ones of test above it."""

from __future__ import annotations

import re
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jobs import Job, as_table, console, earlier_rows, finished, parser, published, run_missing, show, upright
from torch import Tensor

from artesano.data.rendered_digits import Drawn
from artesano.kinds.data_of_run import data_for
from artesano.kinds.transfer.averaged import averaged
from artesano.kinds.transfer.calibration import energy
from artesano.kinds.transfer.classifier import LoadedClassifier
from artesano.kinds.transfer.evaluate import answer, ask
from artesano.kinds.transfer.load import load
from artesano.metrics.classification import classification_metrics
from artesano.metrics.selective import risk_coverage
from artesano.runs import record

TABLE = "reject"
COVERAGE = 0.95
COMMON = ("data.batch_size=64", "image_size=64", "trainer=cpu")
STRATEGIES = {"freeze": ("max_steps=200",), "full": ("max_steps=100",)}
SECONDS = {"freeze": 25, "full": 80}
LEFT_OUT = {"agricultural", "buildings", "denseresidential", "mediumresidential", "overpass"}
LEFT_OUT |= {"sparseresidential", "storagetanks"}
LETTERS = "ABCDEFGHJKLMNPQRTUVWXYabdefhkmnprtwxy"  # without those that look like digits
DRAWN = 740


def jobs(seeds: Sequence[int], ucmerced: Path | None) -> list[Job]:
    """Seed by seed."""
    sources = {"mnist5k": ("data=mnist5k",)}
    if ucmerced is not None:
        known = sorted(folder.name for folder in ucmerced.iterdir() if folder.name not in LEFT_OUT)
        tiles = ("data=folder", f"data.root={ucmerced}", f"data.classes=[{','.join(known)}]")
        sources = {"ucmerced-14": tiles} | sources
    return [
        Job(
            f"reject-{data}-{strategy}-s{seed}",
            (*words, *COMMON, f"strategy={strategy}", *steps, f"seed={seed}"),
            {"data": data, "strategy": strategy, "seed": seed},
            SECONDS[strategy],
        )
        for seed in seeds
        for data, words in sources.items()
        for strategy, steps in STRATEGIES.items()
    ]


def scores(temperature: float) -> dict[str, Callable[[Tensor], Tensor]]:
    """Of logits [N, K], each higher for an image that is more like the classes."""
    return {
        "softmax": lambda logits: logits.double().softmax(1).amax(1),
        "probability": lambda logits: (logits.double() / temperature).softmax(1).amax(1),
        "max_logit": lambda logits: logits.double().amax(1),
        "energy_t1": lambda logits: energy(logits, 1.0),
        "energy": lambda logits: energy(logits, temperature),
    }


def unknown(loaded: LoadedClassifier, data: str, ucmerced: Path | None) -> list[Any]:
    """Images of no class of the run: files, or drawn letters."""
    if data == "mnist5k":
        letters = Drawn(seed=0, signs=LETTERS)
        return [letters(row) for row in range(DRAWN)]
    assert ucmerced is not None
    return [str(file) for name in sorted(LEFT_OUT) for file in sorted((ucmerced / name).iterdir())]


def measured(folder: Path, data: str, ucmerced: Path | None) -> dict[str, float]:
    """The columns of a run."""
    loaded = load(folder)
    assert loaded.calibration is not None
    val, test = (ask(loaded, data_for([], folder, part), part) for part in ("val", "test"))
    others = loaded.logits(unknown(loaded, data, ucmerced))
    temperature = loaded.calibration.temperature
    plain, ours = classification_metrics(test.logits, test.labels), loaded.calibration.metrics(test.logits, test.labels)
    row = {"val_images": len(val.labels), "test_images": len(test.labels), "unknown_images": len(others)}
    row |= {"temperature": temperature, "accuracy": plain["accuracy"]}
    for views in ("shift", "mirror"):
        seen = answer(averaged(loaded, views), test.loaders, "test")
        row[f"accuracy_{views}"] = classification_metrics(seen.logits, seen.labels)["accuracy"]
    row |= {"ece": plain["ece"], "ece_calibrated": ours["ece_calibrated"]}
    row |= {"nll": plain["nll"], "nll_calibrated": ours["nll_calibrated"], "aurc": ours["aurc"]}
    right = (val.logits.argmax(1) == val.labels).numpy()
    for name, score in scores(temperature).items():
        curve = risk_coverage(score(val.logits).numpy(), right)
        threshold = curve.threshold[int(np.ceil(COVERAGE * len(right))) - 1]
        row[f"refused_{name}"] = float((score(others) < threshold).double().mean())
        row[f"kept_{name}"] = float((score(test.logits) >= threshold).double().mean())
    return row


def summary(table: Path) -> int:
    """Means over the seeds."""
    rows = pd.read_csv(table).drop(columns=["name", "seed", "command"])
    means = rows.groupby(["data", "strategy"], sort=False).mean().round(4).reset_index()
    console.print(as_table(upright(means), f"means over the seeds of {table.name}"))
    return 0


def main(args: Namespace) -> int:
    path = args.out / f"{TABLE}.csv"
    if args.summary:
        return summary(path)
    chosen = [job for job in jobs(args.seeds, args.ucmerced) if re.search(args.only, job.name)]
    if args.list:
        show(chosen, finished(chosen))
        return 0
    names = [job.name for job in chosen]
    rows = pd.read_csv(path) if path.is_file() else pd.DataFrame({"name": []})
    earlier = pd.concat([rows[~rows["name"].isin(names)], earlier_rows(path, chosen)])
    left = [job for job in chosen if job.name not in set(earlier.get("name", []))]
    code = run_missing(left, chosen)
    runs, rows = finished(chosen), earlier.to_dict("records")
    for job in left:
        if job.name in runs:
            folder = runs[job.name]
            values = measured(folder, job.about["data"], args.ucmerced)
            seconds = record.read(folder)["seconds"]
            rows.append({"name": job.name, **job.about, **values, "seconds": seconds, "command": published(job, runs)})
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).round(4).to_csv(path, index=False)
    return code or summary(path)


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--ucmerced", type=Path, metavar="FOLDER", help="one subfolder of images per class")
    options.add_argument("--summary", action="store_true", help="of the rows there are; runs nothing")
    sys.exit(main(options.parse_args()))
