"""The curves of a GAN's training from metrics.csv, each beside its optimum."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from matplotlib.ticker import LogFormatter

from artesano.figures.curves import draw_line
from artesano.figures.style import BLUE, GREEN, HUES, MUTED, ORANGE, picture


@dataclass(frozen=True)
class Panel:
    """One pair of axes: {metric: (label, colour)}, and a line at the optimum."""

    title: str
    curves: dict[str, tuple[str, str]]
    ideal: float | None = None
    ideal_label: str = ""
    axes: dict[str, object] = field(default_factory=dict)


JUDGEMENTS = {
    "health/d_real": ("D(x)", BLUE),
    "health/d_real_held_out": ("D(x), held out", HUES[4]),
    "health/d_fake_before": ("D(G(z)), D's update", ORANGE),
    "health/d_fake_after": ("D(G(z)), G's update", GREEN),
}
PANELS = [
    Panel("losses", {"train/discriminator": ("discriminator", BLUE), "train/generator": ("generator", ORANGE)}),
    Panel("output of D", JUDGEMENTS, 0.5, "ideal 0.5", {"ylim": (-0.02, 1.02)}),
    Panel("V(D, G)", {"health/value": ("value", BLUE)}, -math.log(4), "ideal -log 4"),
    Panel(
        "gradient norms",
        {"health/gradient_d": ("discriminator", BLUE), "health/gradient_g": ("generator", ORANGE)},
        axes={"yscale": "log"},
    ),
    Panel(
        "diversity of the samples",
        {"health/diversity": ("fakes over reals", BLUE)},
        1.0,
        "as diverse as the data",
        {"ylim": (0, None)},
    ),
]
SCORES = Panel("scores of the critic", JUDGEMENTS)
MEASURES = (
    *("psnr_rgb", "features", "l1", "ssim", "hole_l1", "fd", "fid"),
    *("modes", "high_quality", "kl", "energy", "coverage", "density"),
)
"""How the names of the measures begin that have a panel of their own, in this order."""


def gan_curves(
    rows: Iterable[tuple[int, str, float]], path: str | os.PathLike, floors: Mapping[str, float] | None = None
) -> None:
    """Draw the validation metrics, losses, D(x), D(G(z)), V(D, G), gradient norms and diversity.

    A panel without a finite value is left out. Where there is no V(D, G), the discriminator is a critic: its scores
    are no probabilities, and no line is drawn for them to end at.

    Args:
        rows: (step, name, value) as in metrics.csv; other names are ignored.
        floors: what real images score in place of samples, by the beginning of the metric's name.
    """
    lines: dict[str, list[tuple[int, float]]] = {}
    for step, name, value in rows:
        if math.isfinite(value):
            lines.setdefault(name, []).append((int(step), float(value)))
    known = {name: np.array(sorted(points)) for name, points in lines.items()}
    panels = [SCORES if panel.curves is JUDGEMENTS and "health/value" not in known else panel for panel in PANELS]
    panels = [panel for panel in [*measured(known, floors or {}), *panels] if known.keys() & panel.curves.keys()]

    columns = min(3, max(len(panels), 1))
    height = max(-(-len(panels) // columns), 1)
    with picture(path, 4.8 * columns, 3.4 * height) as figure:
        for position, panel in enumerate(panels, start=1):
            axes = figure.add_subplot(height, columns, position)
            for name, (label, colour) in panel.curves.items():
                if name in known:
                    draw_line(axes, known[name], label, colour)
            if panel.ideal is not None:
                axes.axhline(panel.ideal, color=MUTED, linestyle=(0, (4, 3)), linewidth=1.1, label=panel.ideal_label)
            axes.set(xlabel="step", title=panel.title, **panel.axes)
            if axes.get_yscale() == "log":
                axes.yaxis.set_major_formatter("{x:g}")  # 10 rather than a power of ten, which the style draws as code
                axes.yaxis.set_minor_formatter(LogFormatter(labelOnlyBase=False))
            else:
                axes.ticklabel_format(axis="y", useOffset=False)
            axes.grid(axis="y")
            axes.legend(fontsize=8.5)
        if not panels:
            figure.text(0.5, 0.5, "nothing measured yet", ha="center", color=MUTED)


def measured(names: Iterable[str], floors: Mapping[str, float]) -> list[Panel]:
    """A panel for each metric of the validation part, without gains over a baseline and multiples of a floor."""
    validated = [name.removeprefix("val/") for name in names if name.startswith("val/")]
    validated = [name for name in validated if not name.endswith("_gain") and "_over_floor" not in name]
    return [
        Panel(name, {f"val/{name}": ("validation", GREEN)}, floors.get(kind), "real data")
        for kind in MEASURES
        for name in validated
        if name == kind or name.startswith(f"{kind}_")
    ]
