"""Numbers of successes against those of NumPy, number by number and state by state."""

import numpy as np
import pytest

from lenet.random_streams.numpy_draws import draw_binomial

PROBABILITIES = (0, 1e-300, 2**-53, 0.1, 0.3, np.nextafter(0.5, 0), 0.5, np.nextafter(0.5, 1), 0.7)
NEARLY_ONE = (0.99, 1 - 2**-53, 1)
SIZES = (None, (), (1,), (0,), (2, 3, 5), (1000,))


def assert_same(n, p, size):
    ours, numpys = np.random.RandomState(5), np.random.RandomState(5)
    found, expected = draw_binomial(ours, np.asarray(n), p, size), numpys.binomial(n, p, size)
    np.testing.assert_array_equal(found, expected, strict=False)
    assert np.shape(found) == np.shape(expected)
    for one, other in zip(ours.get_state(), numpys.get_state(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("p", [*PROBABILITIES, *NEARLY_ONE], ids=str)
def test_single_trials(p, size):
    for kind in (np.float32, np.float64):
        assert_same(1, np.asarray(kind(p)), size)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("extremes", [(), (1,), (0, 1)], ids=str)
def test_a_probability_for_each_element(dtype, extremes):
    p = np.random.default_rng(0).random((40, 30)).astype(dtype)
    p[0, : len(extremes)] = extremes
    for size in (None, (40, 30), (3, 40, 30)):
        assert_same(1, p, size)
    assert_same(1, p[0], (40, 30))


def test_several_trials():
    assert_same(5, np.asarray(0.3), (100,))
    assert_same(np.arange(4), np.asarray(0.3), None)


@pytest.mark.parametrize(
    ("p", "size", "message"),
    [
        (1.5, (2,), "p > 1"),
        (np.nan, (2,), "p > 1 or p is NaN"),
        (np.full((2, 3), 0.5), (3,), "mismatch|broadcast"),
    ],
    ids=["above-one", "nan", "wrong-size"],
)
def test_bad_arguments_are_those_of_numpy(p, size, message):
    with pytest.raises(ValueError, match=message):
        draw_binomial(np.random.RandomState(0), np.asarray(1), np.asarray(p), size)
