"""States of L'Ecuyer's generator MRG31k3p: seeds, and streams far apart.

From L'Ecuyer and Touzin, "Fast Combined Multiple Recursive Generators with Multipliers of the Form a = +-2^q +- 2^r",
WSC 2000.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

# Moduli, and the matrices by which a step multiplies the two halves of a state.
MODULI = (2147483647, 2147462579)
STEPS = (
    ((0, 4194304, 129), (1, 0, 0), (0, 1, 0)),
    ((32768, 0, 32769), (1, 0, 0), (0, 1, 0)),
)
# The streams of one variable are 2 ** 72 numbers apart, those of the next one 2 ** 134.
SUBSTREAM, STREAM = 72, 134


@cache
def jump(power: int) -> tuple[np.ndarray, ...]:
    """Return the matrices of ``2 ** power`` steps, of int64."""
    matrices = [np.array(step, dtype="int64") for step in STEPS]
    for _ in range(power):
        matrices = [
            product(matrix, matrix.T, modulus).T
            for matrix, modulus in zip(matrices, MODULI, strict=True)
        ]
    return tuple(matrices)


def product(matrix: np.ndarray, rows: np.ndarray, modulus: int) -> np.ndarray:
    """Return a matrix times each of some vectors, modulo a number of 31 bits.

    Remainders are those of C, and negative for a negative vector, as of a negative seed.
    """
    return np.fmod(np.fmod(matrix * rows[:, None, :], modulus).sum(axis=-1), modulus)


def skipped(states: np.ndarray, power: int) -> np.ndarray:
    """Return one or more states after ``2 ** power`` numbers, each six of int32."""
    halves = np.split(np.asarray(states, "int64").reshape(-1, 6), 2, axis=1)
    parts = zip(jump(power), halves, MODULI, strict=True)
    return np.hstack([product(*part) for part in parts]).reshape(np.shape(states)).astype("int32")


def substreams(state: np.ndarray, count: int) -> np.ndarray:
    """Return the states of so many streams, of which the first is given.

    Returns
    -------
    np.ndarray of int32, shape (count, 6)
    """
    states = np.asarray(state, "int32").reshape(1, 6)
    for doubling in range((count - 1).bit_length()):
        states = np.concatenate([states, skipped(states, SUBSTREAM + doubling)])
    return states[:count]


def seeded(seed: int | Sequence[int]) -> np.ndarray:
    """Return the state for a seed: one number, or six.

    One number may be negative, as PyMC3's default is, and its numbers are Theano's, too.

    Raises
    ------
    ValueError
        If a number is too large, one of six is negative, or one of the halves is zero.
    """
    numbers: list[Any] = list(np.atleast_1d(seed))
    is_one = len(numbers) == 1
    numbers = numbers * 6 if is_one else numbers
    if len(numbers) != 6:
        raise ValueError(f"seed {seed!r}: {len(numbers)} numbers, expected one or six")
    for half, modulus in zip((numbers[:3], numbers[3:]), MODULI, strict=True):
        least, limit = (-(2**31), MODULI[1]) if is_one else (0, modulus)
        if not any(half) or not all(least <= number < limit for number in half):
            raise ValueError(
                f"seed {seed!r}: expected a number of 32 bits below {limit} that is not 0, or six from 0 on, of which "
                "neither the first nor the last three are all 0"
            )
    return np.array(numbers, dtype="int32")
