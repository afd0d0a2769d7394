"""Loops beside whose outputs their shapes are asked for, against the same steps one by one."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lenet.nnet import conv2d

FAST_COMPILE = pytensor.compile.mode.Mode("py", "fast_compile")
DEFAULT = pytensor.compile.mode.Mode("py", "fast_run")


def int64(number):
    """Return a constant of its own, cast as `infer_shape` casts sizes."""
    return pt.cast(pt.as_tensor(np.array(number, "int8")), "int64")


@pytest.mark.parametrize("mode", [FAST_COMPILE, DEFAULT])
def test_sizes_by_constants_of_a_step(mode):
    x = pt.dvector()
    rows = pytensor.scan(
        lambda each: each * pt.arange(0, int64(3)) + pt.arange(0, int64(3)),
        sequences=x,
        return_updates=False,
    )
    values, shape = pytensor.function([x], [rows, rows.shape], mode=mode)([1.0, 2.0])
    np.testing.assert_array_equal(values, [[0, 2, 4], [0, 3, 6]])
    np.testing.assert_array_equal(shape, [2, 3])


@pytest.mark.parametrize("mode", [FAST_COMPILE, DEFAULT])
def test_gradient_of_a_recurrent_convolution(mode):
    random = np.random.default_rng(4)
    x, w, start = pt.dtensor5(), pt.dtensor4(), pt.dtensor4(shape=(1, 1, 3, 3))

    def step(image, state, w):
        seen = conv2d(image, w, input_shape=(1, 1, 5, 5), filter_shape=(1, 1, 3, 3))
        kept = conv2d(
            state, w, border_mode="half", input_shape=(1, 1, 3, 3), filter_shape=(1, 1, 3, 3)
        )
        return pt.tanh(seen + kept)

    states = pytensor.scan(
        step, sequences=x, outputs_info=start, non_sequences=w, return_updates=False
    )
    one_by_one = start
    for time in range(2):
        one_by_one = step(x[time], one_by_one, w)
    values = [random.normal(size=size) for size in [(2, 1, 1, 5, 5), (1, 1, 3, 3), (1, 1, 3, 3)]]
    found, expected = (
        pytensor.function([x, w, start], pytensor.grad((last**2).sum(), [x, w, start]), mode=mode)(
            *values
        )
        for last in (states[-1], one_by_one)
    )
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)
