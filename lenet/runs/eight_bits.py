"""Weights as 8 bits each, with a scale for each unit.

A weight is off by half of its unit's scale at most: 0.4 % of the largest weight of that unit. Arrays of one axis, as
biases and what batch normalisation has, are few numbers, of which a small one counts: they stay as they are, in
float32.
"""

import numpy as np

LARGEST = 127


def unit_axis(shape: tuple[int, ...]) -> int:
    """Return the axis of a parameter's units: the last of a matrix, else the first."""
    return 1 if len(shape) == 2 else 0


def eight_bits(values: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Return weights as integers, and what they are multiplied by.

    Parameters
    ----------
    values : ndarray of float
        Of two axes or more.
    axis : int
        Of the units.

    Returns
    -------
    numbers : ndarray of int8, shape of `values`
        From -127 to 127.
    scale : ndarray of float32, shape (units,)
        A unit's largest weight, without its sign, is 127 times its scale.
    """
    units = np.moveaxis(values, axis, 0).reshape(values.shape[axis], -1)
    scale = (np.abs(units).max(axis=1, initial=0) / LARGEST).astype(np.float32)
    divisor = along(np.where(scale > 0, scale, 1), axis, values.ndim)
    return np.clip(np.rint(values / divisor), -LARGEST, LARGEST).astype(np.int8), scale


def weights_of(numbers: np.ndarray, scale: np.ndarray, axis: int) -> np.ndarray:
    """Return the weights, float32, of what `eight_bits` has returned."""
    return numbers * along(scale, axis, numbers.ndim)


def along(scale: np.ndarray, axis: int, ndim: int) -> np.ndarray:
    """Return an array of one axis as one of many axes, all others of length one."""
    return scale.reshape([-1 if k == axis else 1 for k in range(ndim)])
