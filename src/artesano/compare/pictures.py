"""The pictures that runs have drawn, small enough to travel inside of a page."""

from __future__ import annotations

import base64
import io
from pathlib import Path

from PIL import Image

from artesano.compare.runs import Run
from artesano.compare.table import Comparison

RUNS = 6  # that are shown side by side: the best
MOMENTS = 12  # of a run
WIDTH = 420  # px


def confusions(found: Comparison) -> dict[str, str]:
    """Run -> its confusion matrix as a data URL."""
    files = {run.folder.name: run.folder / "plots" / "confusion.png" for run in first_runs(found)}
    return {name: inline(path, 2 * WIDTH) for name, path in files.items() if path.is_file()}


def samples(found: Comparison) -> dict[str, list[tuple[int, str]]]:
    """Run -> [(step, its samples then as a data URL)], evenly chosen."""
    shown = {}
    for run in first_runs(found):
        files = sorted((run.folder / "images").glob("step_*.png"))
        last = len(files) - 1
        chosen = sorted({round(at * last / (MOMENTS - 1)) for at in range(MOMENTS)}) if files else []
        if chosen:
            shown[run.folder.name] = [(step_of(files[at]), inline(files[at], WIDTH)) for at in chosen]
    return shown


def first_runs(found: Comparison) -> list[Run]:
    """The first run of each of the best rows."""
    return [row.runs[0] for row in found.rows[:RUNS]]


def step_of(path: Path) -> int:
    return int(path.stem.rpartition("_")[2])


def inline(path: Path, width: int) -> str:
    """`data:image/webp;base64,...`, no wider than `width`; an empty text where the file is torn."""
    try:
        with Image.open(path) as image:
            picture = image.convert("RGB")
    except OSError:
        return ""
    picture.thumbnail((width, 4 * width))
    stream = io.BytesIO()
    picture.save(stream, "WEBP", quality=85)
    return "data:image/webp;base64," + base64.b64encode(stream.getvalue()).decode()
