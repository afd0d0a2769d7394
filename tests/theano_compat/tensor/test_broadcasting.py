import numpy as np
import pytest

from lenet.theano_compat.theano import shared
from lenet.theano_compat.theano import tensor as T
from tests.theano_compat.tensor.values import value

MATRIX = np.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize(
    ("axis", "kind", "column_or_row"),
    [(1, T.dcol, MATRIX[:, :1]), (0, T.drow, MATRIX[:1])],
    ids=["col", "row"],
)
def test_row_and_col_broadcast(axis, kind, column_or_row):
    x, y = T.dmatrix(), kind()

    assert y.broadcastable[axis]
    np.testing.assert_array_equal(
        value(x * y, {x: MATRIX, y: column_or_row}), MATRIX * column_or_row
    )


def test_an_axis_that_is_not_broadcastable_does_not_broadcast_even_of_length_1():
    x, y = T.dmatrices(2)

    with pytest.raises(ValueError, match="broadcast"):
        value(x + y, {x: MATRIX, y: MATRIX[:1]})


def test_shared_variable_broadcasts_only_if_it_was_said():
    values = np.ones((3, 1))

    assert shared(values).broadcastable == (False, False)
    column = shared(values, broadcastable=(False, True))
    assert column.broadcastable == (False, True)
    assert value(column + np.ones((1, 2))).shape == (3, 2)


def test_addbroadcast_makes_an_axis_broadcast():
    x = T.dmatrix()
    y = T.addbroadcast(x, 0)

    assert y.broadcastable == (True, False)
    np.testing.assert_array_equal(
        value(y + np.ones((2, 3)), {x: MATRIX[:1]}), MATRIX[:1] + np.ones((2, 3))
    )
    with pytest.raises((AssertionError, ValueError)):
        value(y, {x: MATRIX})


def test_unbroadcast_keeps_an_axis_from_broadcasting():
    x = T.drow()
    y = T.unbroadcast(x, 0)

    assert y.broadcastable == (False, False)
    assert T.unbroadcast(T.ones((1, 1)), 0, 1).broadcastable == (False, False)
    np.testing.assert_array_equal(value(y, {x: MATRIX[:1]}), MATRIX[:1])
    other = T.dmatrix()
    with pytest.raises(ValueError, match="broadcast"):
        value(y + other, {x: MATRIX[:1], other: MATRIX})


def test_patternbroadcast_does_both():
    x = T.drow()
    y = T.patternbroadcast(x, (False, True))

    assert y.broadcastable == (False, True)
    np.testing.assert_array_equal(value(y, {x: [[4.0]]}), [[4.0]])


def test_gradients_pass_through():
    x = T.drow()
    y = T.addbroadcast(T.unbroadcast(x, 0), 0)
    gradient = T.grad((y**2).sum(), x)

    assert gradient.broadcastable == (True, False)
    np.testing.assert_array_equal(value(gradient, {x: MATRIX[:1]}), 2 * MATRIX[:1])
    np.testing.assert_array_equal(value(T.Rop(y**2, x, x), {x: MATRIX[:1]}), 2 * MATRIX[:1] ** 2)


def test_rebroadcast_is_an_error_beyond_the_axes():
    with pytest.raises(ValueError, match="has 2 axes"):
        T.Rebroadcast((2, True))(T.matrix())


def test_dimshuffle_broadcasts_where_it_says_x():
    x = T.dvector("x")

    assert x.dimshuffle(0, "x").broadcastable == (False, True)
    assert x.dimshuffle(("x", 0)).broadcastable == (True, False)
    assert x.dimshuffle(np.int64(0), "x").broadcastable == (False, True)
    product = x.dimshuffle(0, "x") * x.dimshuffle("x", 0)
    np.testing.assert_array_equal(value(product, {x: [1.0, 2.0]}), [[1, 2], [2, 4]])


def test_dimshuffle_class_takes_the_pattern_of_its_input():
    x = T.dmatrix()
    swap = T.DimShuffle((False, False), (1, "x", 0))

    assert isinstance(swap, T.DimShuffle)
    assert isinstance(x.T.owner.op, T.DimShuffle)
    np.testing.assert_array_equal(value(swap(x), {x: MATRIX}), MATRIX.T[:, None])
