"""States of L'Ecuyer's generator MRG31k3p, whose streams Theano numbered by them.

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
    """Return the matrices of ``2 ** power`` steps, of Python's integers."""
    matrices = [np.array(step, dtype=object) for step in STEPS]
    for _ in range(power):
        matrices = [
            matrix.dot(matrix) % modulus for matrix, modulus in zip(matrices, MODULI, strict=True)
        ]
    return tuple(matrices)


def skipped(state: np.ndarray, power: int) -> np.ndarray:
    """Return the state after ``2 ** power`` numbers, six of int32."""
    halves = np.asarray(state, dtype=object).reshape(2, 3)
    parts = zip(jump(power), halves, MODULI, strict=True)
    return np.concatenate([matrix.dot(half) % modulus for matrix, half, modulus in parts]).astype(
        "int32"
    )


def substreams(state: np.ndarray, count: int) -> np.ndarray:
    """Return the states of so many streams, of which the first is given.

    Returns
    -------
    np.ndarray of int32, shape (count, 6)
    """
    states = [np.asarray(state, dtype="int32")]
    while len(states) < count:
        states.append(skipped(states[-1], SUBSTREAM))
    return np.array(states, dtype="int32")


def seeded(seed: int | Sequence[int]) -> np.ndarray:
    """Return the state for a seed: one number, or six.

    Raises
    ------
    ValueError
        If a number is negative or too large, or one of the halves is zero.
    """
    numbers: list[Any] = list(np.atleast_1d(seed))
    is_one = len(numbers) == 1
    numbers = numbers * 6 if is_one else numbers
    if len(numbers) != 6:
        raise ValueError(f"seed {seed!r}: {len(numbers)} numbers, expected one or six")
    for half, modulus in zip((numbers[:3], numbers[3:]), MODULI, strict=True):
        limit = MODULI[1] if is_one else modulus
        if not any(half) or not all(0 <= number < limit for number in half):
            raise ValueError(
                f"seed {seed!r}: expected a positive number below {limit}, or six of them, of which neither the "
                "first nor the last three are all 0"
            )
    return np.array(numbers, dtype="int32")
