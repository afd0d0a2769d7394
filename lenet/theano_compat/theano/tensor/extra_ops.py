"""Theano's ``theano.tensor.extra_ops``."""

from functools import partial
from typing import Any

import pytensor.tensor as pt
from pytensor.tensor.extra_ops import (
    CpuContiguous,
    CumOp,
    FillDiagonal,
    FillDiagonalOffset,
    SearchsortedOp,
    Unique,
    bartlett,
    bincount,
    compress,
    cpu_contiguous,
    cumprod,
    cumsum,
    diff,
    fill_diagonal,
    fill_diagonal_offset,
    ravel_multi_index,
    repeat,
    searchsorted,
    squeeze,
    to_one_hot,
)
from pytensor.tensor.variable import TensorVariable

from lenet.theano_compat.forwarding import forward

__all__ = [
    "CpuContiguous",
    "CumOp",
    "CumprodOp",
    "CumsumOp",
    "DiffOp",
    "FillDiagonal",
    "FillDiagonalOffset",
    "RepeatOp",
    "SearchsortedOp",
    "Unique",
    "bartlett",
    "bincount",
    "compress",
    "cpu_contiguous",
    "cumprod",
    "cumsum",
    "diff",
    "fill_diagonal",
    "fill_diagonal_offset",
    "ravel_multi_index",
    "repeat",
    "searchsorted",
    "squeeze",
    "to_one_hot",
    "unravel_index",
]

__getattr__ = forward(__name__, "pytensor.tensor.extra_ops")


def unravel_index(
    indices: Any, dims: Any, order: str = "C", ndim: int | None = None
) -> list[TensorVariable]:
    """Return the places along each axis for places in the flat array.

    Parameters
    ----------
    indices : tensor_like of int
    dims : sequence of int, or symbolic vector
        Shape of the array.
    order : {'C', 'F'}
        Whether the last or the first axis is that of neighbours in memory.
    ndim : int, optional
        Deprecated: the length of `dims`, which need not be given.
    """
    places = pt.unravel_index(indices, dims, order=order)
    return list(places) if isinstance(places, list | tuple) else [places]


def DiffOp(n: int = 1, axis: int = -1) -> Any:
    """Return the function that takes differences along an axis, `n` times."""
    return partial(diff, n=n, axis=axis)


def CumsumOp(axis: int | None = None) -> Any:
    """Return the function that sums up along an axis."""
    return partial(cumsum, axis=axis)


def CumprodOp(axis: int | None = None) -> Any:
    """Return the function that multiplies up along an axis."""
    return partial(cumprod, axis=axis)


def RepeatOp(axis: int | None = None) -> Any:
    """Return the function that repeats elements along an axis."""
    return partial(repeat, axis=axis)
