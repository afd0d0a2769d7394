"""Methods and functions that pandas had before its version 1."""

import numpy as np
import pytest

from tests.theano_compat.old_names.pandas_as_before import pd

# Of what a later version will not take: old programs' `inplace`, and arguments by their places.
pytestmark = pytest.mark.filterwarnings(
    "ignore::FutureWarning",
    "ignore::DeprecationWarning",
    "ignore:A value is being set",  # pytest has filters of its own
    "ignore:\\nA value is trying to be set on a copy",  # by pandas 2, which sets it
)


@pytest.fixture
def frame():
    return pd.DataFrame({"a": [3, 1, 2], "b": [0.5, 1.5, 2.5]}, index=["x", "y", "z"])


def test_parts_by_labels_or_places(frame):
    assert frame.ix["y", "a"] == frame.ix[1, 0] == frame.ix[1, "a"] == 1
    assert frame.ix[:2, "b"].tolist() == frame.ix[[0, 1], 1].tolist() == [0.5, 1.5]
    assert frame.ix[:, 1].tolist() == [0.5, 1.5, 2.5]
    assert frame.ix[frame.a > 1].index.tolist() == ["x", "z"]
    frame.ix[0, "a"] = 7
    assert frame["a"].tolist() == [7, 1, 2]
    # Numbers are the labels of rows that have some, and the last of a slice belongs to it.
    numbered = pd.DataFrame({"a": [3, 1, 2]}, index=[2, 1, 0])
    assert numbered.ix[2, "a"] == 3
    assert numbered.ix[2:1, "a"].tolist() == [3, 1]


def test_rows_are_appended(frame):
    assert frame.append(frame)["a"].tolist() == [3, 1, 2, 3, 1, 2]
    assert frame.append({"a": 9, "b": 0.0}, ignore_index=True)["a"].tolist() == [3, 1, 2, 9]
    assert frame["a"].append([frame["b"]]).tolist() == [3, 1, 2, 0.5, 1.5, 2.5]


def test_orders(frame):
    assert frame.sort("a").index.tolist() == ["y", "z", "x"]
    assert frame.sort(["a"], ascending=False).index.tolist() == ["x", "z", "y"]
    assert frame.sort(ascending=False).index.tolist() == ["z", "y", "x"]
    assert frame["a"].order().tolist() == [1, 2, 3]


def test_arguments_by_their_places(frame):
    assert frame.drop("a", 1).columns.tolist() == ["b"]
    assert frame.mean(1).tolist() == [1.75, 1.25, 2.25]
    assert pd.concat([frame, frame], 1).shape == (3, 4)


def test_values(frame, tmp_path):
    assert frame.as_matrix().tolist() == [[3.0, 0.5], [1.0, 1.5], [2.0, 2.5]]
    assert frame.as_matrix(["b"]).shape == (3, 1)
    assert frame.get_value("z", "a") == 2
    assert [name for name, _ in frame.iteritems()] == ["a", "b"]
    frame.to_csv(tmp_path / "frame.csv")
    assert pd.DataFrame.from_csv(tmp_path / "frame.csv", parse_dates=False).equals(frame)


def test_numbers_are_places_of_other_labels(frame):
    column = frame["b"]
    assert (column[0], column[-1], column[np.int64(1)]) == (0.5, 2.5, 1.5)
    assert column[[0, 2]].tolist() == column[np.array([0, 2])].tolist() == [0.5, 2.5]
    column[1] = 7.0
    assert column.tolist() == [0.5, 7.0, 2.5]
    assert column.index.tolist() == ["x", "y", "z"]
    # A number is a label, where labels are numbers; a truth value is none.
    numbered = pd.Series([3, 1, 2], index=[2, 1, 0])
    assert numbered[2] == 3
    assert numbered[[True, False, True]].tolist() == [3, 2]
    with pytest.raises(KeyError):
        numbered[-1]


def test_a_column_is_part_of_its_frame(frame):
    frame["b"][0] = 9.0
    frame.b.iloc[1] = 8.0
    frame["b"].loc["z"] = np.nan
    frame["b"].fillna(6.0, inplace=True)
    assert frame["b"].tolist() == [9.0, 8.0, 6.0]
    copied, other = frame["b"].copy(), frame[["b"]]
    copied[0] = other["b"][0] = -1.0
    assert frame["b"].tolist() == [9.0, 8.0, 6.0]
    assert other["b"].tolist() == [-1.0, 8.0, 6.0]


def test_arrays_of_a_frame_can_be_written_to(frame):
    for array in (
        frame[["b"]].values,
        frame["b"].values,
        np.asarray(frame["b"]),
        frame.index.values,
    ):
        array[0] = array[1]
        assert array[0] == array[1]


def test_text_is_objects_and_left_out_of_means(frame):
    frame["c"] = ["u", "v", "w"]
    assert frame["c"].dtype == frame.columns.dtype == object
    assert frame.mean().tolist() == [2.0, 1.5]
    assert frame.corr().shape == (2, 2)
    assert frame.groupby([0, 0, 1]).mean()["a"].tolist() == [2.0, 2.0]


def test_gaps_and_elements(frame):
    assert pd.Series([1.0, np.nan]).fillna(method="ffill").tolist() == [1.0, 1.0]
    assert pd.Series([np.nan, 1.0]).fillna(method="bfill").tolist() == [1.0, 1.0]
    assert frame[["a"]].applymap(lambda value: value + 1)["a"].tolist() == [4, 2, 3]
    assert frame["b"].mad() == pytest.approx(2 / 3)


def test_methods_of_frames(frame):
    assert frame.set_value("y", "a", 9).get_value("y", "a") == 9
    assert frame.irow(0).tolist() == [3, 0.5]
    assert frame.icol(1).tolist() == [0.5, 1.5, 2.5]
    assert frame.lookup(["x", "z"], ["a", "b"]).tolist() == [3, 2.5]
    assert frame.reindex_axis(["b"], axis=1).columns.tolist() == ["b"]
    assert frame.get_dtype_counts().to_dict() == {"int64": 1, "float64": 1}
    assert frame.clip_lower(1).clip_upper(2)["b"].tolist() == [1.0, 1.5, 2.0]
    assert frame.sort_index(by="a").index.tolist() == ["z", "x", "y"]
    assert pd.DataFrame.from_items([("u", [1]), ("v", [2])]).columns.tolist() == ["u", "v"]
    texts = pd.DataFrame({"n": ["1", "2", "?"]}).convert_objects(convert_numeric=True)["n"]
    np.testing.assert_array_equal(texts, [1, 2, np.nan])


def test_methods_of_series(frame):
    column = frame["a"]
    assert column.iget(1) == column.irow(1) == 1
    assert column.compress([True, False, True]).tolist() == [3, 2]
    assert (column - 1).nonzero()[0].tolist() == [0, 2]
    assert column.ravel().tolist() == column.reshape(3, 1)[:, 0].tolist() == [3, 1, 2]
    assert column.ptp() == 2
    assert column.asobject.dtype == object
    assert pd.Series([1.0, np.nan]).valid().tolist() == [1.0]


def test_a_column_of_integers_takes_a_float(frame):
    frame.loc["x", "a"] = 1.5
    assert frame["a"].tolist() == [1.5, 1.0, 2.0]


def test_indexes_are_sets():
    one, other = pd.Index([1, 2]), pd.Index([2, 3])
    assert (one & other).tolist() == [2]
    assert (one | other).tolist() == [1, 2, 3]
    assert (pd.Index([True, False]) & pd.Index([True, True])).tolist() == [True, False]
    assert one.contains(2)
    assert pd.Index([1, 1, 2]).get_duplicates() == [1]
    levels = pd.MultiIndex(levels=[["u", "v"], [1, 2]], labels=[[0, 1], [1, 0]])
    assert levels.tolist() == [("u", 2), ("v", 1)]
    assert levels.labels[0].tolist() == [0, 1]
