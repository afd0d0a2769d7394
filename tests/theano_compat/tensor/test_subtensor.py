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
