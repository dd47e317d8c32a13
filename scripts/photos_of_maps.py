"""Photos made of maps, judged by the maps that are made of them again: a segmentation score without a segmenter.

  python scripts/study_translation.py --only 'pix2pix|backwards'      the runs: there and back
  python scripts/photos_of_maps.py                                    docs/results/photos_of_maps.csv

`map-pix2pix` of the first seed draws a map of each photo, and that map is compared with the true one. `photo` is what
it makes of the true photo, the most that can be reached; the others are the photos of `map-backwards` of each seed, of
a colour regression, the mean photo and the map itself. The Frechet distance of the photos is in the table of
study_translation.py."""

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
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], metavar="SEED")
    parser.add_argument("--out", type=Path, default=RESULTS, metavar="FOLDER", help="of the table (docs/results)")
    args = parser.parse_args()
    jobs = [type(job)(job.name, (*job.words, *args.overrides)) for job in map_jobs(args.seeds)]
    runs, judge = finished(jobs), f"map-pix2pix-s{args.seeds[0]}"
    painters = [f"map-backwards-s{seed}" for seed in args.seeds]
    if missing := {judge, *painters} - set(runs):
        console.print(f"[red]{' and '.join(sorted(missing))} not finished: first scripts/study_translation.py[/]")
        return 1
    table = judged({f"pix2pix-{name[-2:]}": runs[name] for name in painters}, runs[judge])
    table.write(args.out / "photos_of_maps.csv", "regression")
    console.print(table.frame("regression").dropna(axis="columns", how="all").round(3).to_string(index=False))
    return 0


def judged(back: dict[str, Path], there: Path) -> PairedTable:
    """The test tiles' maps of photos, by method.

    Args:
        back: the runs from maps to photos, by method.
        there: the run from photos to maps, which judges.
    """
    painters = {name: AsTrained(load_image_gan(run)) for name, run in back.items()}
    judge = AsTrained(load_image_gan(there))
    first = next(iter(painters.values()))
    compare, palette = measures(first.gan, [], "test"), measures(judge.gan, [], "test").palette[0]
    compare.fit_baselines()
    part = compare.loaders.listing.parts["test"]
    table = PairedTable(part.blocks, part.labels)
    for batch in compare.loaders.evaluate("test"):
        prepared, unit = compare.images.prepared(first, batch)
        photos = compare.baseline_images(unit) | {"photo": unit.target}
        photos |= {name: painter.translate(prepared) for name, painter in painters.items()}
        for method, photo in photos.items():
            seen = (quantised(photo) - compare.loaders.mean) / compare.loaders.std
            drawn = judge.translate(prepared._replace(source=seen))
            table.add(method, batch.index, translation_metrics(quantised(drawn), unit.source, palette))
    return table


if __name__ == "__main__":
    sys.exit(main())
