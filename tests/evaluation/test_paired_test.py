"""McNemar's test against published p-values and sums of binomial coefficients; Holm's by hand."""

import math

import numpy as np
import pytest

from lenet.evaluation.paired_test import holm, mcnemar


def pair_of(both, only_first, only_second, neither):
    """Return who is right about so many images."""
    counts = (both, only_first, only_second, neither)
    return (
        np.repeat([True, True, False, False], counts),
        np.repeat([True, False, True, False], counts),
    )


@pytest.mark.parametrize(
    ("table", "p"),
    [
        # Of statsmodels' tests, whose values are of Vassar College's page.
        ((101, 121, 59, 33), 0.000004),
        ((101, 70, 59, 33), 0.378688),
        ((101, 80, 59, 33), 0.089452),
        ((101, 30, 60, 33), 0.00206),
        ((101, 10, 30, 33), 0.002221),
        ((101, 10, 10, 33), 1.0),
    ],
)
def test_published_values(table, p):
    found = mcnemar(*pair_of(*table))
    assert found[:4] == table
    assert found.p == pytest.approx(p, abs=1e-6)


@pytest.mark.parametrize(("n", "m"), [(0, 1), (3, 9), (41, 23), (64, 0)])
def test_p_is_twice_the_tail_of_the_binomial_distribution(n, m):
    tail = sum(math.comb(n + m, k) for k in range(min(n, m) + 1)) / 2 ** (n + m)
    assert mcnemar(*pair_of(5, n, m, 2)).p == pytest.approx(min(1, 2 * tail))
    assert mcnemar(*pair_of(5, m, n, 2)).p == pytest.approx(min(1, 2 * tail))


def test_where_nothing_differs_nothing_is_shown():
    assert mcnemar(*pair_of(7, 0, 0, 3)).p == 1


def test_holms_correction_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([0.02]) == [0.02]
    assert holm([]) == []
