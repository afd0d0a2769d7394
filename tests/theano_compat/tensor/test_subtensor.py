"""Parts of arrays that are replaced or added to, and places in them."""

import numpy as np
import pytest

from lenet.theano_compat.theano import tensor as T
from tests.theano_compat.tensor.values import value

MATRIX = np.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize("options", [{}, {"tolerate_inplace_aliasing": True}, {"inplace": False}])
def test_rows_are_replaced_and_added_to(theano, options):
    x = theano.shared(MATRIX)
    for change, expected in [
        (T.set_subtensor, [[3, 4, 5], [3, 4, 5]]),
        (T.inc_subtensor, [[3, 5, 7], [3, 4, 5]]),
    ]:
        x.set_value(MATRIX)
        changed = change(x[0], x[1], **options)
        theano.function([], updates=[(x, changed)], mode="FAST_COMPILE")()
        np.testing.assert_array_equal(x.get_value(), expected)


@pytest.mark.parametrize("order", "CF")
def test_places_for_a_shape_of_unknown_length(order):
    shape = T.lvector()
    places = T.unravel_index(np.arange(6), shape, order=order, ndim=2)
    expected = np.unravel_index(np.arange(6), (2, 3), order=order)
    np.testing.assert_array_equal(value(places, {shape: [2, 3]}), expected)


def test_slices_along_an_axis_counted_from_the_last():
    x, data = T.dmatrix(), np.array([[2.0, 1, 2], [3, 2, 3]])
    unique = T.extra_ops.Unique(return_inverse=True, axis=-1)
    assert isinstance(unique, T.extra_ops.Unique)
    assert unique.return_inverse
    (found,) = T.extra_ops.Unique(axis=-1)(x, return_list=True)
    np.testing.assert_array_equal(value([found], {x: data}), [[[1, 2], [2, 3]]])
    np.testing.assert_array_equal(value([unique(x)[1]], {x: data}), [[1, 0, 1]])


@pytest.mark.parametrize("mode", ["FAST_RUN", "FAST_COMPILE"])
@pytest.mark.parametrize("shape", [(1, 3), (2, 1), (1, 1), (2, 3), (1,), (3,), ()], ids=str)
def test_rows_of_length_one_are_repeated(theano, mode, shape):
    x, indices = T.dmatrix(), T.lvector()
    y, rows = T.TensorType("float64", (None,) * len(shape))(), np.full(shape, 7.0)
    outputs = [change(x[indices], y) for change in (T.set_subtensor, T.inc_subtensor)]
    f = theano.function([x, y, indices], outputs, mode=mode)
    found = f(np.zeros((4, 3)), rows, [3, 1])
    for each in found:
        np.testing.assert_array_equal(each[[3, 1]], np.full((2, 3), 7.0))
        np.testing.assert_array_equal(each[[0, 2]], np.zeros((2, 3)))


@pytest.mark.parametrize("mode", ["FAST_RUN", "FAST_COMPILE"])
def test_rows_that_do_not_fit(theano, mode):
    x, y, indices, column = T.dmatrix(), T.dmatrix(), T.lvector(), T.dcol()
    f = theano.function([x, y, indices], T.inc_subtensor(x[indices], y), mode=mode)
    for shape in [(3, 3), (2, 2), (1, 2)]:
        with pytest.raises(ValueError, match=r"shape|broadcast"):
            f(np.zeros((4, 3)), np.ones(shape), [3, 1])
    g = theano.function([column, y], T.set_subtensor(column[:], y), mode=mode)
    np.testing.assert_array_equal(g(np.zeros((2, 1)), np.ones((2, 1))), np.ones((2, 1)))
    with pytest.raises(ValueError, match="was to have length 1"):
        g(np.zeros((2, 1)), np.ones((2, 3)))


def test_variables_of_indices():
    x = T.as_tensor_variable(MATRIX)
    rows, columns = map(T.as_index_variable, np.triu_indices(2))
    np.testing.assert_array_equal(value(x[rows, columns], {}), [0, 1, 4])
    part, new = T.as_index_variable(slice(None)), T.as_index_variable(None)
    assert T.as_index_variable(part) is part
    assert T.as_index_variable(new) is new
    with pytest.raises(TypeError, match="integers or a boolean mask"):
        T.as_index_variable([0.5])
