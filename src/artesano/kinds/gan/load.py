"""The run of a GAN from noise -> its generator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from artesano.config.targets import instantiate
from artesano.gan.pixels import PixelRange
from artesano.kinds.gan.build import build_generator
from artesano.kinds.gan.generator import LoadedGan
from artesano.kinds.registry import open_run
from artesano.runs.checkpoint import fill, read_checkpoint, ready


def load_gan(run: str | Path, which: str = "best") -> LoadedGan:
    """The generator of a run.

    Args:
        run: its folder, its number, `last`, or a bundle.
        which: `best`, `last`, or `raw` (the best, without the average).

    Raises:
        BadInput: no such run, a run of another kind, no checkpoint, one that is cut short or of another composition,
            or a config that names a class that is not allowed (nothing of it is run).
    """
    folder, record = open_run(run, "gan")
    pixels = PixelRange(record["model"]["normalise_images"])
    return LoadedGan(pixels=pixels, **parts(folder, record, which))


def parts(folder: Path, record: dict[str, Any], which: str) -> dict[str, Any]:
    """What a `LoadedGan` has of any kind of samples: all but the range of their numbers; errors as of `load_gan`."""
    model = record["model"]
    latent = instantiate(model["latent"])
    network = build_generator(model, latent, model["in_chans"], len(model["classes"]))
    saved = read_checkpoint(folder, which)
    return {
        "generator": ready(fill(network, saved.weights("network.generator."), saved.path)),
        "latent": latent,
        "classes": model["classes"],
        "conditional": model["conditional"],
        "averaged": saved.averaged,
        "class_share": torch.tensor(model["class_share"]),
        "record": record,
        "folder": folder,
    }
