"""Ridge regression on a few cases, whose penalty is chosen by leaving each case out."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

PENALTIES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 1000.0)  # on standardised quantities


def least_error(design: np.ndarray, target: np.ndarray) -> float:
    """The penalty with the least leave-one-out error.

    Args:
        design: float [N, 1 + quantities], the first column ones.
        target: float [N].
    """
    return min(PENALTIES, key=lambda penalty: float((left_out(design, target, penalty) ** 2).sum()))


def solve(design: np.ndarray, target: np.ndarray, penalty: float) -> np.ndarray:
    """Coefficients; the intercept is not penalised."""
    return np.linalg.solve(design.T @ design + ridge(design, penalty), design.T @ target)


def left_out(design: np.ndarray, target: np.ndarray, penalty: float) -> np.ndarray:
    """The error of each case by a fit on the others."""
    hat = design @ np.linalg.solve(design.T @ design + ridge(design, penalty), design.T)
    return (target - hat @ target) / (1 - np.diag(hat))


def ridge(design: np.ndarray, penalty: float) -> np.ndarray:
    """The matrix of the penalty; the first column, of ones, has none."""
    return penalty * np.diag([0.0, *np.ones(design.shape[1] - 1)])


def students_t(freedom: int) -> float:
    """The 95 % quantile of Student's t, by the first two terms of its expansion (Abramowitz and Stegun 26.7.5)."""
    z = NormalDist().inv_cdf(0.95)
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
