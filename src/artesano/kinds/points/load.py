"""The run of a GAN on points -> its generator."""

from __future__ import annotations

from pathlib import Path

from artesano.data.point_loaders import PointScale
from artesano.kinds.gan.load import parts
from artesano.kinds.points.generator import LoadedPointGan
from artesano.kinds.registry import open_run


def load_point_gan(run: str | Path, which: str = "best") -> LoadedPointGan:
    """The generator of a run; arguments and errors as of `load_gan`."""
    folder, record = open_run(run, "points")
    return LoadedPointGan(pixels=PointScale(**record["model"]["preprocessing"]), **parts(folder, record, which))
