"""The pictures of runs, shrunk to be embedded in a page."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from artesano.compare.remember import until_changed
from artesano.compare.runs import Run
from artesano.compare.table import Comparison

RUNS = 6  # that are shown side by side: the best
MOMENTS = 12  # of a run
WIDTH = 420  # px
KEPT = 512  # pictures


def first_runs(comparison: Comparison) -> list[Run]:
    """The first run of each of the best rows."""
    return [row.runs[0] for row in comparison.rows[:RUNS]]


def plots(runs: Sequence[Run]) -> dict[str, dict[Path, Path]]:
    """Picture's name (confusion, curves, strips, ...) -> run folder -> file; what most runs have comes first."""
    shown: dict[str, dict[Path, Path]] = {}
    for run in runs:
        for path in sorted((run.folder / "plots").glob("*.png")):
            shown.setdefault(path.stem, {})[run.folder] = path
    return dict(sorted(shown.items(), key=lambda pair: -len(pair[1])))


def moments(run: Run) -> dict[int, Path]:
    """Step -> samples then, in order."""
    files = {path.stem.rpartition("_")[2]: path for path in (run.folder / "images").glob("step_*.png")}
    return {int(step): files[step] for step in sorted(filter(str.isdigit, files), key=int)}


def samples(runs: Sequence[Run]) -> dict[Path, list[tuple[int, str]]]:
    """Run folder -> [(step, its samples then as a data URL)], evenly chosen."""
    shown = {}
    for run in runs:
        files = list(moments(run).items())
        last = len(files) - 1
        chosen = sorted({round(at * last / (MOMENTS - 1)) for at in range(MOMENTS)}) if files else []
        if chosen:
            shown[run.folder] = [(files[at][0], inline(files[at][1], WIDTH)) for at in chosen]
    return shown


def inline(path: Path, width: int) -> str:
    """`data:image/webp;base64,...`; an empty text where the file is torn."""
    picture = small(path, width)
    return "data:image/webp;base64," + base64.b64encode(picture).decode() if picture else ""


@until_changed(KEPT)
def small(path: Path, width: int) -> bytes:
    """A WebP no wider than `width`; nothing where the file is torn or gone."""
    try:
        with Image.open(path) as image:
            picture = image.convert("RGB")
    except (OSError, SyntaxError, ValueError):  # a torn PNG can be any of these to Pillow
        return b""
    picture.thumbnail((width, 4 * width))
    stream = io.BytesIO()
    picture.save(stream, "WEBP", quality=85)
    return stream.getvalue()
