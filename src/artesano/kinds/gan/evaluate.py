"""`artesano evaluate` of a GAN from noise: with more samples, another extractor, or against other images."""

from __future__ import annotations

import json
import math
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from torch import Tensor

from artesano.config.targets import instantiate, load_plain, selected
from artesano.data.dataset import ImageData
from artesano.data.loaders import Loaders
from artesano.data.preprocessing import Preprocessing
from artesano.errors import BadInput
from artesano.evaluation.extractors import Evaluation, check_extractor
from artesano.kinds.data_of_run import data_for, results_folder
from artesano.kinds.gan.generator import LoadedGan
from artesano.kinds.gan.load import load_gan
from artesano.kinds.gan.measures import Measures
from artesano.kinds.metrics_table import metrics_table
from artesano.kinds.split_of import split_of
from artesano.lines import wrapped
from artesano.metrics.distribution import FEWEST
from artesano.next_steps import next_steps, quoted
from artesano.runs.bundle import is_bundle
from artesano.runs.folder import slug

SAMPLES = 2000  # where the run itself measured none


def command(run: str, overrides: list[str], arguments: Namespace) -> int:
    """Print the metrics of the averaged and the raw generator beside those of the run; write the folder of results."""
    gan = load_gan(run)
    options = protocol(gan, arguments.samples, arguments.extractor)
    data = data_for(overrides, gan.folder, arguments.split or options.split)
    split = split_of(arguments.split, options.split, data, overrides, gan.folder)
    options = replace(options, split="test" if split == "new" else split)  # type: ignore[arg-type]  # `all` is ours
    compare = measures(gan, options, data)
    metrics = both(gan, compare)
    folder = folder_for(gan, arguments.name, options, overrides, split)
    write(folder, gan, compare, metrics, overrides, split)

    before = {name.removeprefix("test/"): value for name, value in gan.record["metrics"].get("best", {}).items()}
    title = f"{options.samples:,} samples against {compare.real.count:,} real images ({split})"
    main = next(iter(metrics))
    columns = {**metrics, "when trained": before}
    Console().print(metrics_table(columns, main, metrics[main], compare.floors(), title))
    for note in compare.notes():
        print(wrapped(note, sys.stdout))
    print(f"results: {folder}")
    where = quoted(gan.folder)
    next_steps(
        f"artesano sample {where} --neighbours   # is it memorising?",
        f"artesano evaluate {where} --extractor run:<a classifier of the same data>",
        f"artesano export {where}",
    )
    return 0


def protocol(gan: LoadedGan, samples: int | None, extractor: str | None = None) -> Evaluation:
    """The run's own protocol with these changes.

    Raises:
        BadInput: fewer samples than 50, or an extractor that cannot be used.
    """
    own: Evaluation = instantiate(selected(load_plain(gan.folder / "config.yaml"), "evaluation"))
    options = replace(own, samples=number_of_samples(samples, own.samples))
    if extractor is not None and extractor != own.extractor:
        options = replace(options, extractor=extractor, size=None)
    check_extractor(options.extractor, options.size)
    return options


def number_of_samples(chosen: int | None, own: int) -> int:
    """How many samples are compared: those of `--samples`, else as many as the run itself measured.

    Raises:
        BadInput: too few.
    """
    count = chosen if chosen is not None else own or SAMPLES
    if count < FEWEST:
        raise BadInput(f"--samples {count}: at least {FEWEST} are needed to compare distributions.")
    return count


def measures(gan: LoadedGan, options: Evaluation, data: ImageData) -> Measures:
    """What compares samples with real images, those of the run or others.

    Raises:
        BadInput: the generator was asked for classes and the data have others.
    """
    preprocessing = Preprocessing.from_dict(gan.record["model"]["preprocessing"])
    loaders = Loaders(data, preprocessing, seed=0)
    if gan.conditional and loaders.classes != gan.classes:
        raise BadInput(
            f"{loaders.data.place()}: the classes ({', '.join(loaders.classes[:5])}, …) are not those of {gan.folder} "
            f"({', '.join(gan.classes[:5])}, …), and its generator is conditional."
        )
    loaders.images(options.split, [0])  # an unreadable file is known before anything is sampled
    return Measures(options, loaders, gan.conditional, names_classes=False)


def measured(gan: LoadedGan, compare: Measures) -> dict[str, float]:
    """Metrics of the samples that training looked at too, if it drew as many."""
    seed, options = gan.record["seed"], compare.options
    z, labels = gan.draw(options.samples, seed, "evaluation")
    images = gan(z, labels, seed, "evaluation", batch=options.batch_size)
    metrics = compare.of(images, labels, full=True)
    if compare.modes is None:
        return metrics

    def draw(count: int) -> Tensor:
        return gan(*gan.draw(count, seed, "evaluation"), seed, "evaluation", batch=options.batch_size)

    return metrics | compare.modes.of(draw)


def both(gan: LoadedGan, compare: Measures) -> dict[str, dict[str, float]]:
    """Metrics of the averaged generator and, where the run has both, of the `raw` one; a bundle has one alone."""
    metrics = {"averaged" if gan.averaged else "generator": measured(gan, compare)}
    if gan.averaged and not is_bundle(gan.record):
        metrics["raw"] = measured(load_gan(gan.folder, "raw"), compare)
    return metrics


def folder_for(gan: LoadedGan, name: str | None, options: Evaluation, overrides: list[str], split: str) -> Path:
    """<run>/evaluations/<name>, made; without a name made of extractor, samples and data words."""
    ending = [] if split == "train" else [split]
    parts = [options.extractor, str(options.samples), *ending, *(word.rpartition("/")[2] for word in overrides)]
    return results_folder(gan.folder, name, slug(" ".join(parts)), overrides)


def write(
    folder: Path,
    gan: LoadedGan,
    compare: Measures,
    metrics: dict[str, dict[str, float]],
    overrides: list[str],
    split: str,
) -> None:
    """metrics.json: the numbers and all that is needed to repeat them."""
    options, extractor = compare.options, compare.extractor
    content: dict[str, Any] = {
        "metrics": {
            which: {name: value if math.isfinite(value) else None for name, value in column.items()}
            for which, column in metrics.items()
        },
        "protocol": {
            "extractor": options.extractor,
            "extractor_key": extractor.key,
            "features": extractor.dim,
            "size": extractor.preprocessing.size,
            "samples": options.samples,
            "real": {"split": split, "images": compare.real.count},
            "data": {"fingerprint": compare.loaders.listing.fingerprint, "overrides": overrides},
            "checkpoint": "best",
            "seed": gan.record["seed"],
        },
        "floor": compare.floors(),
        "notes": compare.notes(),
    }
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (folder / "metrics.json").write_text(text, encoding="utf-8", errors="backslashreplace")
