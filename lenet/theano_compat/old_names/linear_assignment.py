"""Pairs of rows and columns of least cost: ``sklearn.utils.linear_assignment_``."""

import numpy as np
from scipy.optimize import linear_sum_assignment

__all__ = ["linear_assignment"]


def linear_assignment(X: np.typing.ArrayLike) -> np.ndarray:
    """Return the pairs of rows and columns whose costs have the least sum.

    Parameters
    ----------
    X : array_like, shape (rows, columns)
        Costs.

    Returns
    -------
    numpy.ndarray of int, shape (the lesser of both, 2)
        A row and its column each, in the order of rows.
    """
    return np.transpose(linear_sum_assignment(X))
