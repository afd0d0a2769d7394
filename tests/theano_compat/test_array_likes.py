"""Constants of what NumPy makes an array of."""

from array import array

import numpy as np
import pytest

from lenet.theano_compat import uninstall


class Column:
    """A column of a table, as pandas has it."""

    def __init__(self, numbers):
        self.numbers = numbers

    def __array__(self, dtype=None, copy=None):
        return np.array(self.numbers, dtype)


def test_a_column_is_an_operand_and_an_index(theano):
    x = theano.tensor.dvector()
    ages, groups = Column([1.0, 2.0, 3.0]), Column([2, 0, 2])
    given = {x: np.array([10.0, 20.0, 30.0])}
    mode = "FAST_COMPILE"
    np.testing.assert_array_equal((x * ages).eval(given, mode=mode), [10, 40, 90])
    np.testing.assert_array_equal((ages - x).eval(given, mode=mode), [-9, -18, -27])
    np.testing.assert_array_equal(x[groups].eval(given, mode=mode), [30, 10, 30])
    np.testing.assert_array_equal((x + array("d", [1, 2, 3])).eval(given, mode=mode), [11, 22, 33])


@pytest.mark.parametrize(
    "thing",
    [None, "a", {}, object(), Column(["a"])],
    ids=["none", "text", "mapping", "object", "column of text"],
)
def test_what_has_no_numbers_is_no_tensor(theano, thing):
    with pytest.raises(TypeError, match="no array of numbers"):
        theano.tensor.as_tensor_variable(thing)
    with pytest.raises(TypeError, match="unsupported operand"):
        theano.tensor.dvector() + thing


def test_pytensor_refuses_again(theano):
    x = theano.tensor.dvector()
    uninstall()
    with pytest.raises(TypeError, match="unsupported operand"):
        x * Column([1.0])
