"""Orders that sort arrays, as NumPy 1.19 gave them."""

import numpy as np
import pytest

from lenet.theano_compat.old_names import sorting

VALUES = np.arange(40) * 7 % 5
# By NumPy 1.19: of these numbers, and of floats of which every ninth is NaN.
OF_INTEGERS = """
0 20 15 30 10 25 35 5 23 8 33 28 13 3 38 18 6 21 1 36 16 26 11 31 34 29 19 14 9 4 24 39 27 22 17 12 32 7 2 37
"""
OF_FLOATS = """
35 20 5 10 25 30 15 23 3 38 33 8 13 28 21 26 11 31 6 1 16 29 34 19 39 14 4 24 22 17 12 32 7 2 37 18 27 9 36 0
"""


def numbers(text):
    return [int(each) for each in text.split()]


def with_gaps(dtype):
    values = VALUES.astype(dtype)
    values[::9] = np.nan
    return values


@pytest.mark.skipif(sorting.sorter() is None, reason="needs a C++ compiler")
@pytest.mark.parametrize("dtype", [*sorting.TYPES.replace("?", ""), ">i4", ">f8"])
def test_equal_numbers_are_where_they_were(dtype):
    assert sorting.argsort(VALUES.astype(dtype)).tolist() == numbers(OF_INTEGERS)
    if np.dtype(dtype).kind == "f":
        assert sorting.argsort(with_gaps(dtype)).tolist() == numbers(OF_FLOATS)


@pytest.mark.skipif(sorting.sorter() is None, reason="needs a C++ compiler")
def test_along_any_axis():
    rows = np.stack([VALUES, VALUES[::-1].copy(), VALUES]).astype("float32")
    one, other = numbers(OF_INTEGERS), sorting.argsort(rows[1]).tolist()
    for order in (sorting.argsort(rows), sorting.argsort(rows.T, 0).T, sorting.argsort(rows, 1)):
        assert order.tolist() == [one, other, one]
    assert sorting.argsort(rows[::2, ::-1][:, ::-1]).tolist() == [one, one]
    assert sorting.argsort(VALUES.reshape(8, 5), None).tolist() == one
    assert sorting.method_of(np.ndarray.argsort)(rows, axis=-1).tolist() == [one, other, one]


@pytest.mark.parametrize("count", [17, 100, 1000, 20_011])
@pytest.mark.parametrize("make", ["random", "few", "rising", "falling", "equal", "organ pipes"])
def test_what_it_gives_is_sorted(make, count):
    values = {
        "random": np.random.default_rng(0).normal(size=count),
        "few": np.random.default_rng(1).integers(0, 3, count).astype(float),
        "rising": np.arange(count, dtype=float),
        "falling": -np.arange(count, dtype=float),
        "equal": np.ones(count),
        "organ pipes": np.minimum(np.arange(count), np.arange(count)[::-1]).astype(float),
    }[make]
    order = sorting.argsort(values)
    np.testing.assert_array_equal(values[order], np.sort(values))
    np.testing.assert_array_equal(np.sort(order), np.arange(count))


def test_short_rows_other_kinds_and_types():
    rows = np.tile(np.array([1, 0, 1, 0, 1, 0, 1, 1], "float32"), (2, 1))
    assert sorting.argsort(rows).tolist() == [[1, 3, 5, 0, 2, 4, 6, 7]] * 2
    assert sorting.argsort(rows.tolist(), 0)[:, 0].tolist() == [0, 1]
    assert sorting.argsort([2, 1], kind="quicksort").tolist() == [1, 0]
    assert sorting.argsort([2, 1], stable=False).tolist() == [1, 0]
    assert sorting.argsort(np.array(3)).tolist() in (0, [0])
    assert sorting.argsort(np.zeros((3, 0))).shape == (3, 0)
    texts = np.array([f"{each:02}" for each in range(30)][::-1])
    assert sorting.argsort(texts).tolist() == [*range(30)][::-1]
    with pytest.raises(np.exceptions.AxisError):
        sorting.argsort(rows, 2)


def test_without_a_compiler_equal_numbers_keep_their_order(monkeypatch):
    monkeypatch.setattr(sorting, "sorter", lambda: None)
    assert sorting.argsort(VALUES).tolist() == np.argsort(VALUES, kind="stable").tolist()
