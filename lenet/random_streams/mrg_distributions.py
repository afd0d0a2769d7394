"""Distributions of `MRG_RandomStreams`, as expressions of uniform numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Variable


def product(shape: Sequence) -> Any:
    """Return the number of elements, symbolic if a length is."""
    count: Any = 1
    for length in shape:
        count = count * (pt.cast(length, "int64") if isinstance(length, Variable) else int(length))
    return count


def constant(value: float, dtype: str) -> Variable:
    """Return a constant of a type."""
    return pt.constant(value, dtype=dtype)


def radii(uniform: Variable) -> Variable:
    """Return how far from 0 pairs of normal numbers are, of uniform numbers."""
    return pt.sqrt(constant(-2, uniform.type.dtype) * pt.log(uniform))


def is_beyond(normal: Variable) -> Variable:
    """Return which numbers a truncated normal distribution does not have."""
    return (normal < -2) | (normal > 2)


def drawn_again(
    normal: Sequence[Variable],
    directions: Sequence[Variable],
    beyond: Sequence[Variable],
    uniform: Variable,
) -> list[Variable]:
    """Return vectors, each followed by what replaces its numbers beyond -2 and 2.

    Parameters
    ----------
    normal : two vectors
        Normal numbers.
    directions : two vectors
        By which radii were multiplied.
    beyond : two vectors of int
        Places of numbers that are beyond.
    uniform : vector
        New numbers between 0 and 1, one for each such place.
    """
    least = constant(np.exp(-2.0), uniform.type.dtype)  # whose radius is 2
    radius = radii(uniform * (1 - least) + least)
    count = beyond[0].size
    parts: list[Variable] = []
    for part, direction, places, new in zip(
        normal, directions, beyond, (radius[:count], radius[count:]), strict=True
    ):
        parts += [part[pt.nonzero(~is_beyond(part))[0]], new * direction[places]]
    return parts


def first_above(rows: Variable, uniform: Variable) -> Variable:
    """Return where the sum of a row's first probabilities first exceeds a number.

    Parameters
    ----------
    rows : matrix
    uniform : Variable, shape (..., rows)

    Returns
    -------
    Variable of bool, shape (..., rows, columns)
    """
    is_above = pt.cumsum(rows.astype("float64"), axis=1) > uniform[..., None]
    return is_above & pt.eq(pt.cumsum(is_above.astype("int64"), axis=-1), 1)


def without_replacement(uniform: Variable, rows: Variable) -> list[Variable]:
    """Return the chosen column of each row, or -1, and the rows without it.

    They are divided by their sums, which are rounded as Theano rounded them.
    """
    is_chosen, columns = first_above(rows, uniform), pt.arange(rows.shape[1])
    chosen = pt.max(pt.switch(is_chosen, columns, -1), axis=1)
    before = (pt.cumsum(rows.astype("float64"), axis=1) - rows).astype(rows.type.dtype)
    rest = pt.switch(is_chosen, before, pt.switch(columns > chosen[:, None], rows, 0))
    sums = pt.cumsum(rest.astype(rows.type.dtype), axis=1)[:, -1, None]
    left = pt.switch(is_chosen, 0, rows).astype(rows.type.dtype)
    return [chosen, pt.switch(pt.lt(chosen[:, None], 0), rows, left / sums)]
