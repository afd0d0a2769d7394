"""The sum of squares against NumPy's, in double precision."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode

from lenet.nnet.reduce_ops import SumOfSquares
from tests.nnet.modes import MISSING

pytestmark = pytest.mark.skipif(bool(MISSING["c"]), reason=MISSING["c"])


@pytest.fixture(scope="module", params=["float32", "float64"])
def sum_of_squares(request):
    array = pt.matrix("array", dtype=request.param)
    mode = Mode(linker="cvm_nogc", optimizer=None)
    return pytensor.function([array], SumOfSquares()(array), mode=mode)


@pytest.mark.parametrize(
    "shape", [(0, 3), (1, 1), (5, 7), (64, 16), (33, 100), (577, 129)], ids=str
)
@pytest.mark.parametrize("transposed", [False, True], ids=["contiguous", "transposed"])
def test_sum_is_that_of_doubles(sum_of_squares, shape, transposed):
    dtype = sum_of_squares.maker.inputs[0].variable.type.dtype
    array = np.random.default_rng(0).standard_normal(shape).astype(dtype)
    expected = np.sum(array.astype("float64") ** 2)
    found = sum_of_squares(array.T if transposed else array)
    np.testing.assert_allclose(found, expected, rtol={"float32": 3e-7, "float64": 1e-12}[dtype])


def test_gradient_is_twice_the_array():
    array = pt.dmatrix("array")
    gradient = pytensor.grad(3 * SumOfSquares()(array), array)
    value = np.random.default_rng(0).random((2, 3))
    np.testing.assert_allclose(gradient.eval({array: value}, mode="FAST_COMPILE"), 6 * value)
