"""Operations that overwrite their first argument."""

import numpy as np
import pytest


def called_in_place(theano, arguments, expression):
    mode = theano.compile.Mode(linker="py", optimizer=None)
    return theano.function(
        [theano.In(each, mutable=True) for each in arguments],
        expression,
        mode=mode,
        accept_inplace=True,
    )


@pytest.mark.parametrize(
    ("name", "dtype", "values", "expected"),
    [
        ("add_inplace", "float64", ([1.0, 2.0], [3.0, 4.0]), [4.0, 6.0]),
        ("sub_inplace", "int32", ([5, 6], [3, 1]), [2, 5]),
        ("xor_inplace", "int8", ([0, 0, 1, 1], [0, 1, 0, 1]), [0, 1, 1, 0]),
        ("exp_inplace", "float32", ([0.0, 0.0],), [1.0, 1.0]),
        ("conj_inplace", "complex128", ([1 + 2j, 3j],), [1 - 2j, -3j]),
        ("chi2sf_inplace", "float64", ([0.0, 0.0], [1.0, 2.0]), [1.0, 1.0]),
    ],
)
def test_the_first_argument_is_overwritten(theano, name, dtype, values, expected):
    arguments = [theano.tensor.vector(dtype=dtype) for _ in values]
    operation = getattr(theano.tensor.inplace, name)
    function = called_in_place(theano, arguments, operation(*arguments))
    given = [np.array(each, dtype) for each in values]
    result = function(*given)
    assert result.dtype == dtype
    np.testing.assert_array_equal(result, expected)
    np.testing.assert_array_equal(given[0], expected)


def test_a_function_has_to_be_told(theano):
    x = theano.tensor.dvector()
    with pytest.raises(TypeError, match="inplace"):
        theano.function([x], theano.tensor.inplace.exp_inplace(x), mode="FAST_COMPILE")


def test_a_transposed_matrix_is_a_view(theano):
    x = theano.tensor.dmatrix()
    function = theano.function([x], theano.tensor.inplace.transpose_inplace(x), mode="FAST_COMPILE")
    assert function(np.zeros((2, 3))).shape == (3, 2)


def test_types_of_results(theano):
    integer, real = theano.scalar.int8, theano.scalar.float32
    transfer = theano.scalar.transfer_type(1, None, real)
    assert transfer(integer, integer) == [integer, integer, real]
    assert transfer(integer, real) == [real, real, real]
    assert transfer == theano.scalar.transfer_type(1, None, real)
