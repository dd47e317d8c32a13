"""Artesano: transfer learning and GANs as config-driven experiments, on the command line and from Python.

Train. The arguments are those of `artesano train`; the run ends as a numbered folder below outputs/.

    import artesano

    run = artesano.train("strategy=partial", "data=folder", "data.root=photos")
    run.metrics["test/accuracy"], run.folder

Ask which strategy suits some images, before any run:

    advice = artesano.advise("data=folder", "data.root=photos", "max_steps=500")
    advice.best.strategy, advice.best.accuracy, advice.best.low, advice.best.high

Load a trained run by its folder, its number, `last`, or as a bundle (a .safetensors file of `artesano bundle`). What
comes back depends on the kind of run.

A classifier (task=transfer):

    model = artesano.load("last")
    model.predict("photo.jpg")                     # {"label": "cat", "probability": 0.98, "top5": [...], "path": ...}
    model.predict("photos/")                       # a pandas table, one row for each image
    model.logits(images), model.features(images)   # PIL images, arrays, tensors, or paths
    model.classes, model.transform                 # the names, and a torchvision transform
    model.network                                  # a plain nn.Module: normalised images -> logits

A GAN that makes images from noise (gan=dcgan, cdcgan, ...):

    gan = artesano.load("outputs/gan/0003-mnist5k-cdcgan-best")
    gan.sample(16, labels=["7"], seed=1)           # uint8 tensor [16, C, S, S]
    gan.generator                                  # a plain nn.Module

A GAN that makes images from images (gan=srgan, pix2pix, inpaint, ...):

    gan = artesano.load("upscaler.safetensors")
    gan.transform_image("small.png").save("large.png")      # an image of any size

Compare runs as a table:

    artesano.compare("outputs/transfer", where="strategy=freeze")

Bad input raises `artesano.errors.BadInput`, whose message says what was given and what is accepted.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import artesano.compare  # noqa: F401  the package of this name first: loaded later, it would replace the function
from artesano import threads

if TYPE_CHECKING:
    import pandas as pd

    from artesano.experiment.run import Run
    from artesano.kinds.transfer.advise import Advice

__all__ = ["advise", "compare", "load", "train"]

threads.spin_briefly()  # before torch is imported


def train(*overrides: str) -> Run:
    """Compose, validate and run one experiment, as `artesano train` does.

    Args:
        overrides: `key=value`, as on the command line.

    Returns:
        The finished run: `folder`, `record` (run.json) and `metrics` of the best checkpoint.

    Raises:
        artesano.errors.BadInput: the overrides, the data or the weights cannot be used; nothing was written.
    """
    from artesano.experiment.train import train as run_experiment

    return run_experiment(list(overrides))


def advise(*overrides: str, backbones: str | Iterable[str] = (), minutes: float | None = None) -> Advice:
    """Which strategy for these images, and how good it will be, as `artesano advise` says.

    Args:
        overrides: `key=value`, as for `train`, without `strategy=`.
        backbones: to choose from; none = that of `backbone=`, else those whose weights are here.
        minutes: that the training may take; None = any.

    Returns:
        `best` and `forecasts` (strategy, accuracy, low and high of the 90 % interval), `reasons` and `evidence`.

    Raises:
        artesano.errors.BadInput: an override, the data or the weights cannot be used, or there is too little to say.
    """
    from artesano.kinds.advise import check
    from artesano.kinds.transfer.advise_command import ask

    check(list(overrides), minutes)
    return ask(list(overrides), [backbones] if isinstance(backbones, str) else list(backbones), minutes)[0]


def load(run: str | int | Path, which: str = "best", **options: Any) -> Any:
    """The trained network of a run, with all that is needed to use it.

    The averaged weights are taken where the run kept a moving average (`ema=`, `hacks.ema=`).

    Args:
        run: a run folder, its number, `last`, or a bundle.
        which: the checkpoint: `best`, `last`, `raw` (the best, without the average), or the name of a phase.
        options: of the kind of run. A GAN from images takes `direction`: `a2b` or `b2a`, of a cycle run.

    Returns:
        `LoadedClassifier` of a classifier, `LoadedGan` of a GAN from noise, `LoadedImageGan` of a GAN from images.

    Raises:
        artesano.errors.BadInput: no such run or checkpoint, or a file that would run code (nothing of it is run).
    """
    from artesano.kinds.registry import of_run

    run = str(run)
    return of_run(run).load(run, which, **options)


def compare(
    places: str | Path | Iterable[str | Path] = (), where: str | None = None, metrics: Iterable[str] = ()
) -> pd.DataFrame:
    """Runs beside each other, as `artesano compare` does, but with a row for each run.

    Args:
        places: folders of runs, run folders, numbers, `last`, bundles; none = the outputs folder.
        where: only runs for which this holds, such as `strategy=freeze and data.shots<=20`.
        metrics: names; `accuracy` stands for `test/accuracy`; none = all.

    Returns:
        A `pandas.DataFrame` whose index is the name of the run's folder. Columns: kind, status, seed, the choices and
        keys that differ between the runs, the metrics of the best checkpoint, seconds, and folder.

    Raises:
        artesano.errors.BadInput: no run, or a condition or metric that cannot be understood.
    """
    from artesano.compare.frame import frame

    places = [places] if isinstance(places, str | Path) else places
    return frame([str(place) for place in places], where, list(metrics))
