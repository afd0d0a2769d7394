"""Gradients of pooling as operations, against loops over the windows."""

import itertools

import numpy as np
import pytest


@pytest.fixture
def T(theano):
    return theano.tensor


@pytest.fixture
def evaluated(theano):
    return lambda expression: theano.function([], expression, mode="FAST_COMPILE")()


def windows(image, window, steps):
    """Return the slices of windows, those that stick out too, by the places of their results."""
    counts = [
        -(-max(n - w, 0) // s) + 1 for n, w, s in zip(image.shape, window, steps, strict=True)
    ]
    return {
        place: tuple(slice(k * s, k * s + w) for k, w, s in zip(place, window, steps, strict=True))
        for place in itertools.product(*map(range, counts))
    }


CASES = [((5,), (2,), (2,)), ((5, 6), (3, 2), (2, 2)), ((4, 3, 5), (2, 2, 2), (2, 2, 2))]
CASE = pytest.mark.parametrize(("shape", "window", "steps"), CASES)


def draw(*shape):
    return np.random.default_rng(3).permuted(np.arange(float(np.prod(shape)))).reshape(shape)


def case_of(shape, window, steps, shares):
    """Return an image, a gradient of its windows, and what they give back, by their shares of it."""
    image = draw(*shape)
    places = windows(image, window, steps)
    gradient = draw(*(1 + np.max(list(places), axis=0)))
    expected = np.zeros(shape)
    for place, part in places.items():
        expected[part] += gradient[place] * shares(image[part])
    return image, gradient, expected


@CASE
def test_gradients_go_to_the_maxima(T, evaluated, shape, window, steps):
    image, gradient, expected = case_of(shape, window, steps, lambda part: part == part.max())
    pool = T.signal.pool.MaxPoolGrad(ignore_border=False, ndim=len(shape))
    found = evaluated(pool(image, None, gradient, window, steps))
    np.testing.assert_array_equal(found, expected)


def test_the_maxima_may_be_an_argument(theano, T):
    x, maxima, gradient = T.dmatrix(), T.dmatrix(), T.dmatrix()
    slope = T.signal.pool.MaxPoolGrad(True)(x, maxima, gradient, (2, 2))
    function = theano.function([x, maxima, gradient], slope, mode="FAST_COMPILE")
    found = function([[1, 2], [3, 4]], [[4]], [[5]])
    np.testing.assert_array_equal(found, [[0, 0], [0, 5]])


@CASE
def test_gradients_are_spread_over_windows(T, evaluated, shape, window, steps):
    image, gradient, expected = case_of(shape, window, steps, lambda part: 1 / part.size)
    pool = T.signal.pool.AveragePoolGrad(False, "average_exc_pad", len(shape))
    found = evaluated(pool(image, gradient, window, steps))
    np.testing.assert_allclose(found, expected)


@CASE
def test_values_are_added_where_the_maxima_are(T, evaluated, shape, window, steps):
    image, change = draw(*shape) % 4, draw(*shape)  # with ties
    places = windows(image, window, steps)
    expected = np.zeros(1 + np.max(list(places), axis=0))
    for place, part in places.items():
        expected[place] = change[part][image[part] == image[part].max()].sum()
    pool = T.signal.pool.DownsampleFactorMaxGradGrad(False, ndim=len(shape))
    np.testing.assert_array_equal(evaluated(pool(image, None, change, window, steps)), expected)


@pytest.mark.parametrize(
    ("name", "mode"), [("AveragePoolGrad", "max"), ("DownsampleFactorMaxGradGrad", "sum")]
)
def test_another_mode_is_refused(T, name, mode):
    with pytest.raises(ValueError, match=f"{name}: mode '{mode}'"):
        getattr(T.signal.pool, name)(True, mode=mode)
