"""Photos made of drawings, judged by their own edges: is what was drawn where it was drawn?

  python scripts/study_translation.py --photos <UC Merced>    the runs
  python scripts/photos_of_edges.py --photos <UC Merced>      docs/results/edges_again.csv

The edges of each made photo are drawn as those of the true one were, and compared with the drawing: F1 within a pixel.
Best is the state that the monitor chose; `truth` is that of the true photo. The Frechet distance of the photos is in
the table of study_translation.py."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from jobs import RESULTS, console, finished
from study_translation import edges_jobs

from artesano.data.degradation_ops import quantised
from artesano.evaluation.pair_measures import TRUTH
from artesano.kinds.image_gan.evaluate import AsTrained, measures
from artesano.kinds.image_gan.load import load_image_gan
from artesano.metrics.lines import line_f1
from artesano.metrics.paired_table import PairedTable

REFERENCE = "regression"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", required=True, metavar="FOLDER", help="that the study was given")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], metavar="SEED")
    parser.add_argument("--out", type=Path, default=RESULTS, metavar="FOLDER", help="of the table (docs/results)")
    args = parser.parse_args()
    runs = {name.split("-", 1)[1]: run for name, run in finished(edges_jobs(args.photos, args.seeds)).items()}
    if not runs:
        console.print("[red]no run has finished: first scripts/study_translation.py --photos <folder>[/]")
        return 1
    table = judged(runs)
    table.write(args.out / "edges_again.csv", REFERENCE)
    console.print(table.frame(REFERENCE).dropna(axis="columns", how="all").round(3).to_string(index=False))
    return 0


def judged(runs: dict[str, Path]) -> PairedTable:
    """F1 of the edges of the test photos, by run and baseline."""
    painters = {
        f"{name}, {state}": AsTrained(load_image_gan(run, state))
        for name, run in runs.items()
        for state in ("best", "last")
    }
    first = next(iter(painters.values()))
    compare = measures(first.gan, [], "test")
    compare.fit_baselines()
    part = compare.loaders.listing.parts["test"]
    table = PairedTable(part.blocks, part.labels)
    for batch in compare.loaders.evaluate("test"):
        prepared, unit = compare.images.prepared(first, batch)
        photos = compare.baseline_images(unit) | {TRUTH: unit.target}
        photos |= {name: painter.translate(prepared) for name, painter in painters.items()}
        drawn = unit.source[:, 0] > 0.5
        for method, photo in photos.items():
            if photo.shape[1] == unit.target.shape[1]:
                again = compare.degradation(quantised(photo), None)[:, 0] > 0.5
                table.add(method, batch.index, {"edges_again_f1": line_f1(again, drawn)})
    return table


if __name__ == "__main__":
    sys.exit(main())
