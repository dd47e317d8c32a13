"""The common style of all pictures, readable in a notebook, in a report and on a phone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import matplotlib
from cycler import cycler
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

INK, MUTED, FAINT = "#22303c", "#6b7a86", "#dfe5ea"
BLUE, ORANGE, GREEN, RED = "#2f6f9f", "#d9822b", "#3f8f5f", "#c0392b"
#: ten hues that stay apart for most colour-blind readers (Okabe and Ito 2008, extended)
HUES = [BLUE, ORANGE, GREEN, RED, "#8e6bb0", "#2aa7a0", "#c9a227", "#b45f8d", "#7a5a3c", "#7f8c8d"]
#: matplotlib's own font first; the others draw the scripts it lacks, where they are installed
FONTS = ["DejaVu Sans", "Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans Arabic", "Noto Sans Devanagari"]
FONTS += ["Arial Unicode MS", "Hiragino Sans", "Microsoft YaHei", "WenQuanYi Zen Hei"]


@cache
def _style() -> dict:
    installed = set(font_manager.get_font_names())
    return {
        "font.family": [font for font in FONTS if font in installed],
        "font.size": 10,
        "text.color": INK,
        "text.parse_math": False,  # a class may be called "US$"
        "figure.dpi": 150,
        "savefig.dpi": 150,
        "figure.facecolor": "white",
        "axes.edgecolor": MUTED,
        "axes.labelcolor": INK,
        "axes.titlesize": 11,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.titlepad": 8,
        "axes.titley": 1.0,  # always below: no figure has ticks at the top
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.prop_cycle": cycler(color=HUES),
        "grid.color": FAINT,
        "grid.linewidth": 0.8,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "legend.frameon": False,
    }


@contextmanager
def picture(path: str | os.PathLike, width: float, height: float) -> Iterator[Figure]:
    """A blank figure of `width` x `height` inches at 150 dots per inch, saved to `path` as PNG at the end."""
    with matplotlib.rc_context(_style()):
        figure = Figure(figsize=(width, height), layout="constrained")
        canvas = FigureCanvasAgg(figure)
        yield figure
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        canvas.print_png(path)  # figure.savefig lays the figure out and draws it twice


def shorten(name: str, length: int) -> str:
    """`name` in one line of at most `length` characters; the middle goes, since names often differ at both ends."""
    name = " ".join(str(name).split())
    if len(name) <= length:
        return name
    head = (length - 1 + 1) // 2
    return name[:head] + "…" + name[len(name) - (length - 1 - head) :]
