"""McNemar's test of two classifiers on the same images, and Holm's correction.

References
----------
McNemar, Q. (1947). Note on the sampling error of the difference between correlated proportions or
percentages. Psychometrika 12(2). Holm, S. (1979). A simple sequentially rejective multiple test
procedure. Scandinavian Journal of Statistics 6(2).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class PairedTest(NamedTuple):
    """Images by who is right about them, and the p-value of McNemar's exact test.

    Attributes
    ----------
    both, only_first, only_second, neither : int
    p : float
        Two-sided: how often two classifiers that are equally good would differ that much, or more.
    """

    both: int
    only_first: int
    only_second: int
    neither: int
    p: float


def mcnemar(first: np.ndarray, second: np.ndarray) -> PairedTest:
    """Test whether one of two classifiers is right more often.

    Images about which both are right, or both wrong, say nothing; of the others, each would be right about a
    half, if they were equally good: the test is the binomial one.

    Parameters
    ----------
    first, second : ndarray of bool, shape (n,)
        Whether each is right about an image.
    """
    from scipy.stats import binomtest

    both, neither = int((first & second).sum()), int((~first & ~second).sum())
    only_first, only_second = int((first & ~second).sum()), int((~first & second).sum())
    n = only_first + only_second
    p = float(binomtest(only_first, n, 0.5).pvalue) if n else 1.0
    return PairedTest(both, only_first, only_second, neither, p)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number, in the same order.

    The chance that any of them is below a level, where nothing differs, is at most that level.
    """
    order = sorted(range(len(p_values)), key=lambda k: p_values[k])
    found, highest = [0.0] * len(p_values), 0.0
    for rank, k in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[k]))
        found[k] = highest
    return found
