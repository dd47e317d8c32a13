"""Generated points over real ones, upon the field of the discriminator, with the pull that the generator feels."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.contour import ContourSet
from matplotlib.lines import Line2D

from artesano.figures.style import INK, MUTED, picture

FAKE, REAL = "#c2571a", "#1f6f54"
FIELD = LinearSegmentedColormap.from_list("field", ["#f2c9a5", "#fbf7f2", "#a9d6c3"])  # fake, undecided, real
LONGEST = 0.16  # an arrow of infinite pull, over the half side of the picture


@dataclass(frozen=True)
class Scene:
    """What there is to see at one step, in the units of the data.

    Attributes:
        extent: half the side of the picture.
        real, fake: float [N, 2], [M, 2]; None = no fakes.
        field: float [R, R], the discriminator at the centres of R x R equal squares; rows go up.
        critic: the field has no scale; else it is D(x), a probability.
        starts: float [A, 2], some of the fakes.
        pulls: float [A, 2], the negative gradient of the generator's loss at each, in its own point alone.
    """

    extent: float
    real: np.ndarray
    fake: np.ndarray | None = None
    field: np.ndarray | None = None
    critic: bool = False
    starts: np.ndarray | None = None
    pulls: np.ndarray | None = None


def draw_points(scene: Scene, path: os.PathLike | str, title: str = "") -> None:
    """Draw a scene. The length of an arrow is g / (1 + g) of the longest for a pull g, the same in every picture."""
    with picture(path, 5.2, 4.8) as figure:
        axes = figure.add_subplot()
        field = draw_field(axes, scene)
        x, y = scene.real.T
        axes.scatter(x, y, s=5, color=REAL, alpha=0.5, linewidths=0, label="real")
        if scene.fake is not None:
            axes.scatter(
                scene.fake[:, 0], scene.fake[:, 1], s=7, color=FAKE, alpha=0.8, linewidths=0, label="generated"
            )
        if scene.starts is not None and scene.pulls is not None:
            lengths = np.linalg.norm(scene.pulls, axis=1, keepdims=True)
            arrows = scene.pulls / (1 + lengths) * LONGEST * scene.extent
            axes.quiver(
                *scene.starts.T, *arrows.T, color=INK, angles="xy", scale_units="xy", scale=1, width=0.003, zorder=3
            )
        axes.set(xlim=(-scene.extent, scene.extent), ylim=(-scene.extent, scene.extent), aspect="equal", title=title)
        axes.tick_params(labelsize=8)
        handles, labels = axes.get_legend_handles_labels()
        if scene.starts is not None:
            handles.append(Line2D([], [], color=INK, linewidth=0.8, marker=">", markersize=2))
            labels.append("where G's loss falls")
        if field is not None and not scene.critic:
            handles.append(Line2D([], [], color=MUTED, linewidth=0.8))
            labels.append("D(x) = 0.5")
        figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=8.5, markerscale=2)
        if field is not None:
            bar = figure.colorbar(field, ax=axes, shrink=0.6, pad=0.02, aspect=28)
            bar.set_label("D's score, relative" if scene.critic else "D(x)", size=8.5, color=MUTED)
            bar.ax.tick_params(labelsize=7.5)


def draw_field(axes: Axes, scene: Scene) -> ContourSet | None:
    """Contours; those of a critic around the median of its scores, up to the largest deviation of 95 % of them."""
    if scene.field is None or not np.isfinite(scene.field).all():
        return None
    if scene.critic:
        centred = scene.field - np.median(scene.field)
        values, levels = centred / max(float(np.quantile(np.abs(centred), 0.95)), 1e-12), np.linspace(-1, 1, 11)
    else:
        values, levels = scene.field, np.linspace(0, 1, 11)
    places = (np.arange(len(values)) + 0.5) / len(values) * 2 - 1
    places *= scene.extent
    drawn = axes.contourf(places, places, values.clip(levels[0], levels[-1]), levels=levels, cmap=FIELD)
    axes.contour(places, places, values, levels=[levels[5]], colors=MUTED, linewidths=0.8)
    return drawn
