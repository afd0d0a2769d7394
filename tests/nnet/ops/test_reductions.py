"""Sums against NumPy's, in double precision."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from threadpoolctl import threadpool_limits

from lenet.nnet.ops.reductions import ChannelSums, SumOfSquares
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


@pytest.fixture(scope="module", params=["float32", "float64"])
def channel_sums(request):
    array = pt.tensor4("array", dtype=request.param)
    mode = Mode(linker="cvm_nogc", optimizer=None)
    return pytensor.function([array], ChannelSums()(array), mode=mode)


@pytest.mark.parametrize(
    "shape",
    [(0, 3, 2, 2), (2, 3, 0, 5), (1, 1, 1, 1), (7, 5, 3, 3), (3, 2, 33, 41), (40, 6, 4, 24)],
    ids=str,
)
@pytest.mark.parametrize("transposed", [False, True], ids=["contiguous", "transposed"])
def test_channel_sums_are_those_of_doubles(channel_sums, shape, transposed):
    dtype = channel_sums.maker.inputs[0].variable.type.dtype
    array = np.random.default_rng(0).random(shape).astype(dtype)
    array = array.transpose(0, 1, 3, 2) if transposed else array
    expected = array.sum(axis=(0, 2, 3), dtype="float64")
    found = {}
    for threads in (1, 2, 3):
        with threadpool_limits(threads, user_api="openmp"):
            found[threads] = channel_sums(array)
        np.testing.assert_array_equal(found[threads], found[1])
    np.testing.assert_allclose(found[1], expected, rtol={"float32": 3e-7, "float64": 1e-12}[dtype])
    assert found[1].dtype == dtype


def test_gradient_of_channel_sums_is_spread_over_them():
    array, weights = pt.dtensor3("array"), np.array([2.0, 3.0])
    gradient = pytensor.grad((ChannelSums()(array) * weights).sum(), array)
    value = np.random.default_rng(0).random((3, 2, 4))
    expected = np.broadcast_to(weights[:, None], value.shape)
    np.testing.assert_allclose(gradient.eval({array: value}, mode="FAST_COMPILE"), expected)
