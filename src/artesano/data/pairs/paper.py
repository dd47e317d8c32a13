"""The paper of drawings: black under white lines, as edges are drawn here, or white under black ones."""

from __future__ import annotations

from typing import Literal

import numpy as np

from artesano.data.io.pixels import in_unit, on_paper

Paper = Literal["black", "white"]

NEAR = 0.1  # of the range: what is as good as black, or as white
EVIDENT = 0.7  # share of a drawing that is paper: of the edges in 150 aerial photos up to 0.61 were lines


def evident_paper(pixels: np.ndarray) -> Paper | None:
    """That of one drawing [H, W, C]; None where it is not evident."""
    papers: tuple[Paper, Paper] = ("black", "white")
    return next((paper for paper in papers if near(pixels, paper).mean() >= EVIDENT), None)


def near(pixels: np.ndarray, paper: Paper) -> np.ndarray:
    """bool [H, W]: where a picture [H, W, C] of any depth is as good as black, or as white."""
    unit = in_unit(pixels)
    found: np.ndarray = (unit <= NEAR) if paper == "black" else (unit >= 1 - NEAR)
    return np.asarray(found.all(2))


def laid_on(pixels: np.ndarray, alpha: np.ndarray | None, paper: Paper) -> np.ndarray:
    """A picture whose transparent pixels show the paper."""
    return pixels if alpha is None else on_paper(np.concatenate([pixels, alpha], 2), float(paper == "white"))


def mismatch(source: np.ndarray, transparent: bool, paper: Paper | None) -> str:
    """What to say of a drawing on other paper than the run has learned from; nothing of most.

    Args:
        source: as the generator gets it.
        transparent: it was laid on `paper`.
    """
    if paper is None:
        return ""
    if transparent and near(source, paper).all():
        return f"its lines are as {paper} as the paper of this run's drawings, so none is seen"
    if (other := evident_paper(source)) not in (None, paper):
        return f"drawn on {other}, and this run has learned from drawings on {paper}"
    return ""
