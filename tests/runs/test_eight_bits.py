"""Weights of 8 bits are near the weights, unit by unit."""

import numpy as np
import pytest

from lenet.runs.eight_bits import eight_bits, unit_axis, weights_of


@pytest.mark.parametrize("shape", [(3, 2, 5, 5), (7, 4), (2, 3, 2, 2, 2), (5, 1)])
def test_each_weight_is_off_by_half_of_its_units_scale_at_most(shape):
    rng = np.random.default_rng(5)
    axis = unit_axis(shape)
    values = rng.standard_normal(shape) * np.exp(rng.uniform(-9, 9, shape[axis])).reshape(
        [-1 if k == axis else 1 for k in range(len(shape))]
    )
    numbers, scale = eight_bits(values, axis)
    assert numbers.dtype == np.int8
    assert scale.shape == (shape[axis],)
    found = weights_of(numbers, scale, axis)
    assert found.dtype == np.float32
    for k in range(shape[axis]):
        of_unit, near = (np.take(array, k, axis) for array in (values, found))
        largest = np.abs(of_unit).max()
        assert np.abs(np.take(numbers, k, axis)).max() == 127
        assert np.abs(near - of_unit).max() <= largest / 254 * (1 + 1e-5)


def test_what_is_written_again_stays_as_it_is():
    values = np.random.default_rng(6).standard_normal((6, 3, 4, 4))
    numbers, scale = eight_bits(values, 0)
    again, scale_again = eight_bits(weights_of(numbers, scale, 0), 0)
    np.testing.assert_array_equal(again, numbers)
    np.testing.assert_allclose(scale_again, scale, rtol=1e-6)


def test_units_of_zeros_and_of_tiny_numbers_have_a_scale():
    values = np.zeros((3, 4), np.float32)
    values[1] = 1e-44
    values[2] = 2.0
    numbers, scale = eight_bits(values, 0)
    found = weights_of(numbers, scale, 0)
    np.testing.assert_array_equal(found[0], 0)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[2], 2, rtol=1e-6)
