"""Operations that are constructed as in Theano."""

import numpy as np
import pytest

from lenet.theano_compat.theano import tensor as T
from lenet.theano_compat.theano.tensor.sort import ArgSortOp, SortOp
from tests.theano_compat.tensor.values import value

MATRIX = np.array([[3.0, 1.0, 2.0], [6.0, 5.0, 4.0]])


def test_products_of_vectors_and_matrices():
    x, y = T.dvector(), T.dmatrix()
    given = {x: [1.0, 2.0], y: MATRIX}
    np.testing.assert_array_equal(value(T.Dot()(x, y), given), [15, 11, 10])
    assert isinstance(T.dot(y, y.T).owner.op, T.Dot)
    for bad in (T.dscalar(), T.dtensor3()):
        with pytest.raises(TypeError, match="expected a vector or a matrix"):
            T.basic._dot(x, bad)


def test_products_of_vectors_of_one_number():
    x, y = (T.TensorType("float64", (True,))() for _ in range(2))
    assert value(T.dot(x, y), {x: [2.0], y: [3.0]}) == 6


def test_sorting():
    x, axis = T.dmatrix(), T.dscalar()
    for number in (0, 1):
        given = {x: MATRIX, axis: number}
        np.testing.assert_array_equal(value(T.sort(x, axis), given), np.sort(MATRIX, number))
        np.testing.assert_array_equal(value(T.argsort(x, axis), given), np.argsort(MATRIX, number))
    assert SortOp("mergesort", []) == SortOp("mergesort")
    assert ArgSortOp("mergesort", []) != ArgSortOp("quicksort", [])
    np.testing.assert_array_equal(
        value(SortOp("quicksort", [])(x, 0), {x: MATRIX}), np.sort(MATRIX, 0)
    )


def test_diagonals_joins_and_permutations():
    x, y = T.dvector(), T.dmatrix()
    diagonal = value(T.AllocDiag(offset=1)(x), {x: [1.0, 2.0]})
    np.testing.assert_array_equal(diagonal, np.diag([1.0, 2.0], 1))
    joined = value(T.Join(view=0)(0, x, x), {x: [1.0, 2.0]})
    np.testing.assert_array_equal(joined, [1, 2, 1, 2])
    permuted = T.PermuteRowElements()(y, T.constant([2, 0, 1]), 0)
    np.testing.assert_array_equal(value(permuted, {y: MATRIX}), MATRIX[:, [2, 0, 1]])


def test_an_order_of_axes_leaves_out_those_of_length_one():
    assert T.DimShuffle((False, True), (0,)).new_order == (0,)
    with pytest.raises(ValueError, match=r"axes \[1\] do not broadcast"):
        T.DimShuffle((True, False), (0,))


def test_specified_shapes():
    x, shape = T.dmatrix(), T.lvector()
    specified = T.SpecifyShape()(x, (2, 3))
    assert specified.type.shape == (2, 3)
    assert isinstance(specified.owner.op, T.SpecifyShape)
    by_vector = T.specify_shape(x, shape)
    np.testing.assert_array_equal(value(by_vector, {x: MATRIX, shape: [2, 3]}), MATRIX)
    for bad in ([2, 2], [], [2, 3, 1]):
        with pytest.raises(AssertionError):
            value(by_vector, {x: MATRIX, shape: bad})
    for bad in ((), (1,), (2, 3, 4)):
        with pytest.raises(AssertionError, match="has 2 axes, but the shape is"):
            T.specify_shape(x, bad)


def test_the_conjugate_of_a_real_number_is_an_operation():
    x, z = T.dvector(), T.zvector()
    assert T.conj(x).owner is not None
    np.testing.assert_array_equal(value(T.conj(x), {x: [1.0, 2.0]}), [1, 2])
    np.testing.assert_array_equal(value(T.conjugate(z), {z: [1 + 2j]}), [1 - 2j])
