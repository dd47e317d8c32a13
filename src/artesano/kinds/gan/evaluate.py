"""Measure a GAN's run again: with more samples, another extractor, or against other images."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from artesano.config.targets import instantiate, load_plain
from artesano.data.loaders import Loaders
from artesano.data.preprocessing import Preprocessing
from artesano.errors import BadInput
from artesano.evaluation.extractors import Evaluation, check_extractor
from artesano.kinds.data_of_run import data_for
from artesano.kinds.gan.load import LoadedGan, load_gan
from artesano.kinds.gan.measures import Measures
from artesano.metrics.distribution import FEWEST
from artesano.runs.bundle import is_bundle
from artesano.runs.folder import slug

Split = Literal["train", "val", "test"]
SAMPLES = 2000  # where the run itself measured none


def asked_options(
    gan: LoadedGan, samples: int | None, extractor: str | None = None, split: Split | None = None
) -> Evaluation:
    """The run's own protocol, changed by what is given.

    Raises:
        BadInput: fewer samples than 50, or an extractor that cannot be used.
    """
    own: Evaluation = instantiate(load_plain(gan.folder / "config.yaml")["evaluation"])
    options = replace(own, samples=samples if samples is not None else own.samples or SAMPLES)
    if extractor is not None and extractor != own.extractor:
        options = replace(options, extractor=extractor, size=None)
    if split is not None:
        options = replace(options, split=split)
    if options.samples < FEWEST:
        raise BadInput(f"--samples {options.samples}: at least {FEWEST} are needed to compare distributions.")
    check_extractor(options.extractor, options.size)
    return options


def measures(gan: LoadedGan, options: Evaluation, words: list[str]) -> Measures:
    """What compares samples with the real images of the run, or of the data that `words` choose.

    Raises:
        BadInput: the generator was asked for classes and the data have others.
    """
    preprocessing = Preprocessing.from_dict(gan.record["model"]["preprocessing"])
    loaders = Loaders(data_for(words, gan.folder), preprocessing, seed=0)
    if gan.conditional and loaders.classes != gan.classes:
        raise BadInput(
            f"{loaders.data.place()}: the classes ({', '.join(loaders.classes[:5])}, …) are not those of {gan.folder} "
            f"({', '.join(gan.classes[:5])}, …), and its generator is asked for classes."
        )
    loaders.images(options.split, [0])  # an unreadable file is known before anything is sampled
    return Measures(options, loaders, gan.conditional, names_classes=False)


def measured(gan: LoadedGan, compare: Measures) -> dict[str, float]:
    """Metrics of the samples that training looked at too, if it drew as many."""
    seed, options = gan.record["seed"], compare.options
    z, labels = gan.draw(options.samples, seed, "evaluation")
    images = gan(z, labels, seed, "evaluation", batch=options.batch_size)
    return compare.of(images, labels, full=True)


def both(gan: LoadedGan, compare: Measures) -> dict[str, dict[str, float]]:
    """Metrics of the averaged generator and, where the run has both, of the `raw` one; a bundle has one alone."""
    found = {"averaged" if gan.averaged else "generator": measured(gan, compare)}
    if gan.averaged and not is_bundle(gan.record):
        found["raw"] = measured(load_gan(gan.folder, "raw"), compare)
    return found


def folder_for(gan: LoadedGan, name: str | None, options: Evaluation, words: list[str]) -> Path:
    """<run>/evaluations/<name>; without a name made of extractor, samples and data words."""
    ending = [] if options.split == "train" else [options.split]
    parts = [options.extractor, str(options.samples), *ending, *(word.rpartition("/")[2] for word in words)]
    return gan.folder / "evaluations" / (name or slug(" ".join(parts)))


def write(
    folder: Path, gan: LoadedGan, compare: Measures, found: dict[str, dict[str, float]], words: list[str]
) -> None:
    """metrics.json: the numbers and all that is needed to repeat them."""
    options, extractor = compare.options, compare.extractor
    content: dict[str, Any] = {
        "metrics": {
            which: {name: value if math.isfinite(value) else None for name, value in metrics.items()}
            for which, metrics in found.items()
        },
        "protocol": {
            "extractor": options.extractor,
            "extractor_key": extractor.key,
            "features": extractor.dim,
            "size": extractor.preprocessing.size,
            "samples": options.samples,
            "real": {"split": options.split, "images": compare.real.count},
            "data": {"fingerprint": compare.loaders.listing.fingerprint, "overrides": words},
            "checkpoint": "best",
            "seed": gan.record["seed"],
        },
        "note": compare.note(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.json").write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
