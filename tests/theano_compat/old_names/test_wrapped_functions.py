"""Functions of NumPy, SciPy and Python that took more than they do."""

import json
import random

import numpy as np
import pytest
from scipy import interpolate, linalg

from lenet.theano_compat.old_names import (
    numpy_functions,
    random_functions,
    scipy_functions,
    standard_library,
)


def test_integers_beyond_the_bounds_of_a_type():
    array = numpy_functions.of_any_integers(np.array)
    assert array([-1, 256, 3], "uint8").tolist() == [255, 0, 3]
    assert array((-1,), dtype="uint16").tolist() == [65535]
    assert array(128, dtype=np.int8) == -128
    with pytest.raises(OverflowError):
        array(10**30, dtype="uint8")


def test_copies_are_made_where_they_are_needed():
    array = numpy_functions.copying_where_needed(np.array)
    x = np.ones(2)
    assert array(x, copy=False) is x
    assert array([1, 2], copy=False).tolist() == [1, 2]
    assert array(x, "f4", copy=False).dtype == "f4"


def test_sums_and_inverses():
    assert numpy_functions.of_generators(np.sum)(i for i in range(4)) == 6
    assert numpy_functions.of_generators(np.sum)([[1, 2]], axis=0).tolist() == [1, 2]
    unique = numpy_functions.with_flat_inverse(np.unique)
    x = np.array([[7, 5], [5, 7]])
    _, inverse = unique(x, False, True)
    assert inverse.shape == (4,)
    values, first, inverse = unique(x, return_index=True, return_inverse=True)
    assert (values.tolist(), first.tolist(), inverse.tolist()) == ([5, 7], [1, 0], [1, 0, 0, 1])
    assert unique(x).tolist() == [5, 7]


def test_arguments_with_other_names():
    histogram = numpy_functions.called_otherwise(np.histogram, normed="density")
    assert histogram([0, 1], 2, normed=True)[0].tolist() == [1.0, 1.0]
    of_points = numpy_functions.called_otherwise(np.histogramdd, normed="density")
    assert of_points(np.array([[0.0], [1.0]]), 2, normed=True)[0].tolist() == [1.0, 1.0]
    percentile = numpy_functions.called_otherwise(np.percentile, interpolation="method")
    assert percentile([1, 2, 3, 4], 50, interpolation="lower") == 2


# Each fails in NumPy 2 without the runner.
ARGUMENTS_OF_NUMPY_1 = """
import io
import numpy as np
print(np.reshape(np.arange(6), newshape=(2, 3)).shape, np.reshape(np.arange(6), newshape=(6 / 2, 2)).shape)
print(np.nanpercentile([1, 2, 3, 4], 50, interpolation="lower"), np.quantile([1, 2], 0.5, interpolation="higher"))
print(np.linalg.matrix_rank(M=np.eye(3)), np.unravel_index(5, dims=(2, 3)) == (1, 2))
np.testing.assert_array_equal(x=[1], y=[1])
np.testing.assert_array_almost_equal(x=[1], y=[1 + 1e-9])
print(np.corrcoef([1, 2, 3], [1, 2, 3], bias=0, ddof=None).round(3).tolist(), np.ma.corrcoef([1, 2], [2, 4], bias=False).shape)
np.save(io.BytesIO(), np.eye(2), fix_imports=True)
print(np.array2string(np.arange(2), style=str))
"""
ANSWERS_OF_NUMPY_1 = "(2, 3) (3, 2)\n2 2\n3 True\n[[1.0, 1.0], [1.0, 1.0]] (2, 2)\n[0 1]\n"


def test_arguments_that_numpy_2_has_no_more(run_script):
    done = run_script(ARGUMENTS_OF_NUMPY_1)
    assert done.stdout == ANSWERS_OF_NUMPY_1, done.stderr


def test_solvers_that_are_told_of_matrices():
    a, b = np.array([[4.0, 1], [1, 3]]), np.array([1.0, 2])
    solve = scipy_functions.of_positive_matrices(linalg.solve)
    np.testing.assert_allclose(solve(a, b, sym_pos=True), np.linalg.solve(a, b), rtol=1e-12)
    np.testing.assert_allclose(solve(a, b), np.linalg.solve(a, b), rtol=1e-12)
    with pytest.raises(linalg.LinAlgError):  # by Cholesky's decomposition, which -a has not
        solve(-a, b, sym_pos=True)


def test_interpolation_on_a_grid():
    x, y = np.arange(5.0), np.arange(4.0)
    z = y[:, None] ** 2 + 3 * x
    at_x, at_y = np.array([0.5, 2.25]), np.array([1.5, 2.0])
    places = np.stack(np.meshgrid(at_y, at_x, indexing="ij"), axis=-1)
    linear = scipy_functions.interp2d(x, y, z)(at_x, at_y)
    np.testing.assert_allclose(linear, interpolate.interpn((y, x), z, places))
    cubic = scipy_functions.interp2d(x, y, z, "cubic")(at_x, at_y)
    np.testing.assert_allclose(cubic, at_y[:, None] ** 2 + 3 * at_x)
    assert scipy_functions.interp2d(x, y, z)(at_x, 2.0).shape == (2,)
    with pytest.raises(ValueError, match="griddata"):
        scipy_functions.interp2d([0, 1, 2], [0, 1, 2], [0, 1, 2])


def test_derivatives():
    def cube(x):
        return x**3

    assert scipy_functions.derivative(cube, 2.0, dx=1e-3) == pytest.approx(12, abs=1e-5)
    assert scipy_functions.derivative(cube, 2.0, dx=1e-2, n=2, order=5) == pytest.approx(12)


def test_a_function_shuffles():
    numbers = [1, 2, 3, 4]
    random_functions.by_function(random.shuffle)(numbers, lambda: 0.1)
    assert numbers == [2, 3, 4, 1]  # what Python 3.6 prints
    generator, numbers = random.Random(1), list(range(9))
    random_functions.by_function(random.Random.shuffle)(generator, numbers)
    expected = list(range(9))
    random.Random(1).shuffle(expected)
    assert numbers == expected


def test_small_ones():
    assert standard_library.escape('<a & "b">') == '&lt;a &amp; "b"&gt;'
    assert standard_library.escape('"', True) == "&quot;"
    assert len(standard_library.linux_distribution()) == 3
    assert standard_library.without_encoding(json.loads)("[1]", encoding="utf-8") == [1]


def test_vectors_for_many_matrices_and_places_of_one_number():
    solve = numpy_functions.of_vectors(np.linalg.solve)
    matrices = np.stack([np.eye(2), 2 * np.eye(2)])
    assert solve(matrices, [[1, 2], [2, 4]]).tolist() == [[1, 2], [1, 2]]
    assert solve(np.eye(2), [1, 2]).tolist() == [1, 2]
    assert solve(np.eye(2), [[1, 2], [3, 4]]).tolist() == [[1, 2], [3, 4]]
    nonzero = numpy_functions.of_numbers_too(np.nonzero)
    assert [each.tolist() for each in nonzero(3)] == [[0]]
    assert [each.tolist() for each in nonzero([[0, 1]])] == [[0], [1]]
