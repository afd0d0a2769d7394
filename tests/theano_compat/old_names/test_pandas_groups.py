"""Groups of rows of pandas before version 3."""

import numpy as np
import pytest

from tests.theano_compat.old_names.pandas_as_before import pd

# Of what a later version of pandas will not take.
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")


@pytest.fixture
def frame():
    return pd.DataFrame({"a": [2, 1, 1], "b": [4, 5, 6], "c": [7, 8, 9]})


def test_groups_by_a_list_of_one_column_have_labels(frame):
    assert [label for label, _ in frame.groupby(["a"])] == [1, 2]
    assert next(label for label, _ in frame.groupby(["a", "b"])) == (1, 5)
    assert pd.groupby(frame, "a").size().tolist() == [2, 1]


def test_columns_of_groups(frame):
    assert frame.groupby("a")["b", "c"].sum().to_numpy().tolist() == [[11, 17], [4, 7]]
    assert frame.groupby("a")["b"].sum().tolist() == [11, 4]


def test_a_function_of_groups_gets_all_columns(frame):
    assert frame.groupby("a").apply(lambda group: group["a"].sum()).tolist() == [2, 2]
    assert frame.groupby("a").apply(lambda group, n: len(group) + n, 10).tolist() == [12, 11]


def test_statistics_of_levels(frame):
    leveled = frame.set_index(["a", "b"])
    assert leveled.sum(level=0)["c"].to_dict() == leveled["c"].sum(level="a").to_dict()
    assert leveled.sum(level=0)["c"].tolist() == [7, 17]
    assert leveled["c"].mean().tolist() == 8


def test_groups_by_a_list_of_one_series_have_labels(frame):
    assert [label for label, _ in frame.groupby([frame["a"]])] == [1, 2]


def test_numpys_functions_take_columns(frame):
    assert np.sum(frame).tolist() == [4, 15, 24]
    assert np.mean(frame["a"] - 1) == 1 / 3
    assert np.std(frame).round(3).tolist() == [0.471, 0.816, 0.816]
