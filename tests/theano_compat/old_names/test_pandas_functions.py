"""Functions that pandas had before its version 3."""

import numpy as np
import pytest

from tests.theano_compat.old_names.pandas_as_before import pd

# Of what a later version of pandas will not take.
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")


def test_windows():
    expected = [np.nan, 1.5, 2.5]
    np.testing.assert_array_equal(pd.rolling_mean(np.array([1, 2, 3]), 2), expected)
    np.testing.assert_array_equal(pd.rolling_mean(pd.Series([1, 2, 3]), 2), expected)
    assert pd.rolling_sum(pd.Series([1, 2, 3]), 2, 1).tolist() == [1, 3, 5]


def test_windows_of_two_series_and_by_a_function():
    values = pd.Series([1.0, 2.0, 4.0])
    assert pd.rolling_apply(values, 2, lambda window: window.max()).tolist()[1:] == [2.0, 4.0]
    assert pd.rolling_corr(values, -values, 3).tolist()[2] == pytest.approx(-1)
    assert pd.rolling_quantile(values, 3, 0.5).tolist()[2] == 2.0
    assert pd.expanding_mean(values).tolist() == pytest.approx([1, 1.5, 7 / 3])
    # Weights of 1/2, 1/4, ...: (1 + 2 * 2) / 3.
    assert pd.ewma(values, span=3).tolist()[1] == pytest.approx(5 / 3)


def test_zeros_and_ones_can_be_subtracted():
    dummies = pd.get_dummies(pd.Series(["u", "v"]))
    assert (1 - dummies).to_numpy().tolist() == [[0, 1], [1, 0]]
    assert dummies.to_numpy().dtype == np.uint8


def test_lists_and_names():
    assert pd.unique(["u", "v", "u"]).tolist() == ["u", "v"]
    assert pd.value_counts(["u", "v", "u"])["u"] == 2
    assert pd.Int64Index([1, 2]).tolist() == [1, 2]


def test_counts_have_the_name_of_what_is_counted():
    counts = pd.Series(["x", "y", "x"], name="letter").value_counts().reset_index()
    assert counts.columns.tolist() == ["index", "letter"]
    assert counts.to_numpy().tolist() == [["x", 2], ["y", 1]]
