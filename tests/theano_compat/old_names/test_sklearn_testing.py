"""Assertions that scikit-learn's tests had."""

import warnings

import pytest

from lenet.theano_compat.old_names import sklearn_testing as testing


def fail():
    raise ValueError("no such number")


def warn():
    warnings.warn("better not", UserWarning, stacklevel=1)
    return 3


@pytest.mark.filterwarnings("ignore:better not")
def test_they_pass_and_fail():
    testing.assert_greater(2, 1)
    testing.assert_raise_message(ValueError, "such", fail)
    assert testing.assert_warns(UserWarning, warn) == 3
    assert testing.assert_warns_message(UserWarning, "not", warn) == 3
    assert testing.assert_warns_message(UserWarning, lambda text: len(text) == 10, warn) == 3
    for check in (
        lambda: testing.assert_less(2, 1),
        lambda: testing.assert_raise_message(ValueError, "letter", fail),
        lambda: testing.assert_warns(UserWarning, int),
        lambda: testing.assert_warns_message(UserWarning, "letter", warn),
        lambda: testing.assert_warns_message(DeprecationWarning, "not", warn),
    ):
        with pytest.raises(AssertionError):
            check()
