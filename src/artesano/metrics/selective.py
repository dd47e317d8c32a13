"""A classifier that may refuse: what its errors cost by how many images it answers (Geifman and El-Yaniv 2017,
arXiv 1705.08500)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class RiskCoverage(NamedTuple):
    """A row for each image, from the surest to the least sure; images of equal scores share their last row's values."""

    threshold: np.ndarray  # float [N], the image's own score: those with at least this much are answered
    coverage: np.ndarray  # float [N] in (0, 1], the share of the images that are
    risk: np.ndarray  # float [N] in [0, 1], the share of wrong answers among them


def risk_coverage(scores: np.ndarray, right: np.ndarray) -> RiskCoverage:
    """Risk and coverage at each threshold.

    Args:
        scores: float [N], higher = surer.
        right: bool [N], whether the answer is.
    """
    order = np.argsort(-scores, kind="stable")
    threshold, wrong = scores[order], np.cumsum(~np.asarray(right, dtype=bool)[order])
    answered = np.searchsorted(-threshold, -threshold, side="right")  # of equal scores all or none
    return RiskCoverage(threshold, answered / len(order), wrong[answered - 1] / answered)


def aurc(scores: np.ndarray, right: np.ndarray) -> float:
    """Area under the risk-coverage curve (Geifman et al. 2019, arXiv 1805.08206): the mean risk over all coverages.

    0 where nothing is wrong; where the score says nothing, the error rate; less, the better it tells which answers are
    wrong. NaN without images.
    """
    return float(risk_coverage(scores, right).risk.mean()) if len(scores) else float("nan")
