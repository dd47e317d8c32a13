"""`artesano evaluate` of a GAN on points: with more samples, or against other points."""

from __future__ import annotations

import json
import math
from argparse import Namespace
from dataclasses import replace
from typing import Any

from rich.console import Console

from artesano.config.targets import instantiate, load_plain, selected
from artesano.data.point_loaders import PointLoaders
from artesano.data.points import PointData
from artesano.errors import BadInput
from artesano.evaluation.point_evaluation import PointEvaluation
from artesano.kinds.data_of_run import data_for, results_folder
from artesano.kinds.gan.evaluate import number_of_samples
from artesano.kinds.metrics_table import metrics_table
from artesano.kinds.points.generator import LoadedPointGan
from artesano.kinds.points.load import load_point_gan
from artesano.kinds.points.measures import PointMeasures
from artesano.next_steps import next_steps, quoted
from artesano.runs.bundle import is_bundle
from artesano.runs.folder import slug


def command(run: str, overrides: list[str], arguments: Namespace) -> int:
    """Print the metrics of the averaged and the raw generator beside those of real points; write metrics.json."""
    gan = load_point_gan(run)
    own: PointEvaluation = instantiate(selected(load_plain(gan.folder / "config.yaml"), "evaluation"))
    options = replace(own, samples=number_of_samples(arguments.samples, own.samples))
    compare = measures(gan, options, overrides)
    metrics = {"averaged" if gan.averaged else "generator": measured(gan, compare)}
    if gan.averaged and not is_bundle(gan.record):
        metrics["raw"] = measured(load_point_gan(gan.folder, "raw"), compare)
    floor, main = compare.floor(options.samples), next(iter(metrics))
    automatic = slug(" ".join([str(options.samples), *(word.rpartition("/")[2] for word in overrides)]))
    folder = results_folder(gan.folder, arguments.name, automatic, overrides)
    content = {
        "metrics": {
            which: {name: value if math.isfinite(value) else None for name, value in column.items()}
            for which, column in (metrics | {"floor": floor}).items()
        },
        "protocol": {"samples": options.samples, "checkpoint": "best", "seed": gan.record["seed"]},
    }
    (folder / "metrics.json").write_text(json.dumps(content, indent=1), encoding="utf-8")
    Console().print(metrics_table(metrics, main, metrics[main], floor, f"{options.samples:,} samples"))
    print(f"results: {folder}")
    where = quoted(gan.folder)
    next_steps(f"artesano sample {where}", f"artesano evaluate {where} --samples 20000", f"artesano export {where}")
    return 0


def measures(gan: LoadedPointGan, options: PointEvaluation, overrides: list[str]) -> PointMeasures:
    """What compares samples with real points, those of the run or others.

    Raises:
        BadInput: images instead of points, or the generator was asked for classes and the points have others.
    """
    data: Any = data_for(overrides, gan.folder)
    if not isinstance(data, PointData):
        raise BadInput(f"{' '.join(overrides)}: images; {gan.folder} makes points: give data=rings, grid, ...")
    loaders = PointLoaders(data, gan.pixels, seed=0)
    if gan.conditional and loaders.classes != gan.classes:
        raise BadInput(f"{data.place()}: its classes are not those of {gan.folder}, whose generator is conditional.")
    return PointMeasures(options, loaders, gan.conditional, names_classes=False)


def measured(gan: LoadedPointGan, compare: PointMeasures) -> dict[str, float]:
    """Metrics of the samples that training looked at too, if it drew as many."""
    seed, options = gan.record["seed"], compare.options
    z, labels = gan.draw(options.samples, seed, "evaluation")
    return compare.of(gan(z, labels, seed, "evaluation", batch=options.batch_size), labels, full=True)
