"""Hot pixels of deep pictures, and small light things that are none."""

import numpy as np
import pytest

from lenet.data.deep_values import without_hot_pixels


def counts(rows=40, columns=50, seed=0):
    """Return values between 100 and 600."""
    noise = np.random.default_rng(seed).integers(100, 601, (1, rows, columns))
    return noise.astype(np.float32)


@pytest.mark.parametrize("place", [(0, 0), (39, 49), (0, 20), (7, 9)])
def test_a_hot_pixel_is_clipped_and_nothing_else(place):
    values = counts()
    values[0][place] = 60_000
    before = values.copy()
    found = without_hot_pixels(values)
    assert 590 <= found[0][place] <= 600
    found[0][place] = 60_000
    np.testing.assert_array_equal(found, before)
    np.testing.assert_array_equal(values, before)


def test_hot_pixels_of_a_large_picture():
    values = counts(700, 900)
    places = np.array([[3, 4], [350, 2], [698, 899], [100, 100]]).T
    values[0][tuple(places)] = 20_000
    found = without_hot_pixels(values)
    assert found.max() == 600
    assert (found != values).sum() == 4


def spot(rows, columns, light):
    """Return counts with a spot of so many pixels."""
    values = counts(100, 100)
    values[0, 30 : 30 + rows, 40 : 40 + columns] = light
    return values


@pytest.mark.parametrize(
    "values",
    [
        counts(),
        spot(1, 1, 5000),
        spot(1, 2, 60_000),
        spot(3, 3, 60_000),
        np.where(np.arange(10_000).reshape(1, 100, 100) == 5050, 9, 0).astype(np.float32),
        np.linspace(0, 1e6, 400).reshape(1, 20, 20).astype(np.float32) ** 4,
    ],
    ids=["noise", "a light pixel", "a pair", "a star", "one of nothing but zeros", "a slope"],
)
def test_others_stay_the_very_same(values):
    before = values.copy()
    np.testing.assert_array_equal(without_hot_pixels(values), before)
    np.testing.assert_array_equal(values, before)


def test_a_star_beside_a_faint_ring_stays():
    values = spot(3, 3, 2000)
    values[0, 31, 41] = 60_000
    assert without_hot_pixels(values)[0, 31, 41] == 60_000
