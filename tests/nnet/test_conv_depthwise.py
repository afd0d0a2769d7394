"""Convolutions of planes by filters of their own, on sizes for which there are kernels and others."""

from functools import cache

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
import scipy.signal

from lenet.nnet import conv2d
from tests.nnet.modes import MISSING, Graph, evaluate, evaluate_together

# (channels, rows, columns), filter's side, border mode, whether filters are turned round.
CASES = {
    "half": ((3, 9, 32), 3, "half", True),
    "correlation": ((3, 8, 17), 3, "half", False),
    "valid": ((2, 14, 21), 5, "valid", True),
    "full": ((3, 8, 19), 5, "full", True),
    "uneven-padding": ((2, 11, 37), 3, ((2, 0), (0, 1)), False),
    "two-vectors-overlap": ((4, 13, 18), 5, "half", True),
    "short-rows": ((3, 9, 6), 3, "half", True),
    "few-rows": ((3, 3, 40), 3, "half", True),
    "more-padding-than-filter": ((2, 9, 33), 3, (4, 5), True),
    "other-sides": ((3, 12, 20), 4, "valid", True),
    "one-plane": ((1, 10, 20), 3, "half", True),
}
BATCH = 3


def pads_of(border_mode, kernel):
    """Return the zeros above, below, to the left and to the right."""
    if isinstance(border_mode, str):
        both = {"valid": 0, "half": kernel // 2, "full": kernel - 1}[border_mode]
        return ((both, both), (both, both))
    return tuple((p, p) if isinstance(p, int) else p for p in border_mode)


def expected(image, filters, pads, flips):
    """Return the convolution of each plane, by SciPy."""
    correlate = scipy.signal.convolve2d if flips else scipy.signal.correlate2d
    padded = np.pad(image, ((0, 0), (0, 0), *pads))
    return np.array(
        [
            [correlate(plane, f[0], "valid") for plane, f in zip(s, filters, strict=True)]
            for s in padded
        ]
    )


def arrays_of(case, dtype):
    """Return an image, filters, and the gradient of the output; small integers, so that sums are exact."""
    shape, kernel, border_mode, flips = case
    rng = np.random.default_rng(3)
    image = rng.integers(-4, 5, (BATCH, *shape)).astype(dtype)
    filters = rng.integers(-4, 5, (shape[0], 1, kernel, kernel)).astype(dtype)
    output = expected(image, filters, pads_of(border_mode, kernel), flips)
    return image, filters, rng.integers(-4, 5, output.shape).astype(dtype)


def graph_of(case, dtype):
    (channels, _, _), _, border_mode, flips = case
    x, W, g = (pt.tensor4(dtype=dtype) for _ in range(3))
    y = conv2d(x, W, border_mode=border_mode, filter_flip=flips, num_groups=channels)
    gradients = pytensor.grad(None, [x, W], known_grads={y: g})
    return Graph([x, W, g], [y, *gradients], arrays_of(case, dtype))


@cache
def results(dtype):
    """Return what the C code makes of all cases: name -> output and gradients."""
    return evaluate_together({name: graph_of(case, dtype) for name, case in CASES.items()}, "c")


@pytest.mark.skipif(bool(MISSING["c"]), reason=MISSING["c"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CASES)
def test_matches_scipy(name, dtype):
    _, kernel, border_mode, flips = CASES[name]
    image, filters, gradient = arrays_of(CASES[name], dtype)
    pads = pads_of(border_mode, kernel)
    output, dx, dW = results(dtype)[name]
    np.testing.assert_array_equal(output, expected(image, filters, pads, flips))
    # A convolution is linear in each of its inputs, whose gradients can be had from any other one.
    rng = np.random.default_rng(4)
    other_image = rng.integers(-4, 5, image.shape).astype(dtype)
    other_filters = rng.integers(-4, 5, filters.shape).astype(dtype)
    by_image = (expected(other_image, filters, pads, flips) * gradient).sum(dtype="float64")
    by_filters = (expected(image, other_filters, pads, flips) * gradient).sum(dtype="float64")
    assert (dx * other_image).sum(dtype="float64") == by_image
    assert (dW * other_filters).sum(dtype="float64") == by_filters


@pytest.mark.skipif(bool(MISSING["c"]), reason=MISSING["c"])
def test_nothing_of_other_planes_is_seen():
    """The rows of one plane begin where those of another end; what is there must not be multiplied."""
    x, W, g = (pt.tensor4(dtype="float32") for _ in range(3))
    y = conv2d(x, W, border_mode="half", num_groups=3)
    dW = pytensor.grad(None, W, known_grads={y: g})
    image = np.full((3, 3, 9, 16), np.nan, "float32")
    image[:, 1] = 1
    filters, gradient = np.ones((3, 1, 3, 3), "float32"), np.ones_like(image)
    output, filters_gradient = evaluate(Graph([x, W, g], [y, dW], (image, filters, gradient)), "c")
    # So many of nine pixels are inside.
    inside = np.outer([2, *[3] * 7, 2], [2, *[3] * 14, 2])
    np.testing.assert_array_equal(output[:, 1], [inside] * 3)
    rows, columns = [8, 9, 8], [15, 16, 15]
    np.testing.assert_array_equal(filters_gradient[1, 0], 3 * np.outer(rows, columns))
    assert np.isnan(filters_gradient[[0, 2]]).all()
