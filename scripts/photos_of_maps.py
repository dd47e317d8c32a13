"""Photos made of maps, judged by the maps that are made of them again: a segmentation score without a segmenter.

  python scripts/study_translation.py --only 'pix2pix|backwards'      the runs: there and back
  python scripts/photos_of_maps.py                                    docs/results/photos_of_maps.csv

`map-pix2pix` draws a map of each photo, and that map is compared with the true one. `photo` is what it makes of the
true photo, the most that can be reached; the others are the photos of `map-backwards`, of a colour regression, the mean
photo and the map itself. The Frechet distance of the photos is in the table of study_translation.py."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from jobs import RESULTS, console, finished
from study_translation import map_jobs

from artesano.data.degradation_ops import quantised
from artesano.kinds.image_gan.evaluate import AsTrained, measures
from artesano.kinds.image_gan.load import load_image_gan
from artesano.metrics.paired_table import PairedTable
from artesano.metrics.translation import translation_metrics


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="those that the study was given")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=RESULTS, metavar="FOLDER", help="of the table (docs/results)")
    args = parser.parse_args()
    jobs = [type(job)(job.name, (*job.words, *args.overrides)) for job in map_jobs([args.seed])]
    runs = finished(jobs)
    if missing := {f"map-{kind}-s{args.seed}" for kind in ("pix2pix", "backwards")} - set(runs):
        console.print(f"[red]{' and '.join(sorted(missing))} has not finished: first scripts/study_translation.py[/]")
        return 1
    table = judged(runs[f"map-backwards-s{args.seed}"], runs[f"map-pix2pix-s{args.seed}"])
    table.write(args.out / "photos_of_maps.csv", "regression")
    console.print(table.frame("regression").dropna(axis="columns", how="all").round(3).to_string(index=False))
    return 0


def judged(back: Path, there: Path) -> PairedTable:
    """The test tiles' maps of photos, by method.

    Args:
        back: the run from maps to photos.
        there: the run from photos to maps, which judges.
    """
    painter, judge = (AsTrained(load_image_gan(run)) for run in (back, there))
    compare, palette = measures(painter.gan, [], "test"), measures(judge.gan, [], "test").palette[0]
    compare.fit_baselines()
    part = compare.loaders.listing.parts["test"]
    table = PairedTable(part.blocks, part.labels)
    for batch in compare.loaders.evaluate("test"):
        prepared, unit = compare.images.prepared(painter, batch)
        photos = compare.baseline_images(unit) | {"pix2pix": painter.translate(prepared), "photo": unit.target}
        for method, photo in photos.items():
            seen = (quantised(photo) - compare.loaders.mean) / compare.loaders.std
            drawn = judge.translate(prepared._replace(source=seen))
            table.add(method, batch.index, translation_metrics(quantised(drawn), unit.source, palette))
    return table


if __name__ == "__main__":
    sys.exit(main())
