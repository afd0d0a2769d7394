"""Theano's ``theano.tensor.extra_ops``."""

from functools import partial
from typing import Any

import pytensor.tensor as pt
from pytensor.graph.basic import Apply, Variable
from pytensor.tensor import extra_ops
from pytensor.tensor.extra_ops import (
    CpuContiguous,
    FillDiagonal,
    FillDiagonalOffset,
    SearchsortedOp,
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
    searchsorted,
    squeeze,
    to_one_hot,
)
from pytensor.tensor.variable import TensorVariable

from lenet.theano_compat.arguments import called_otherwise
from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.old_constructor import OldConstructor, stand_in

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

repeat = called_otherwise(pt.repeat, x="a")

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
        The length of `dims`, if that is a vector whose length is not known.
    """
    if isinstance(dims, Variable) and ndim is not None:
        dims = [dims[axis] for axis in range(ndim)]
    places = pt.unravel_index(indices, dims, order=order)
    return list(places) if isinstance(places, list | tuple) else [places]


class CumOp(metaclass=OldConstructor):
    """The operation of `cumsum`, or of `cumprod` with ``mode="mul"``."""

    original = extra_ops.CumOp

    @staticmethod
    def build(axis: int | None = None, mode: str = "add") -> Any:
        """Return PyTensor's Op, or a function where that has none."""
        if axis is None or axis < 0:
            if mode not in ("add", "mul"):
                raise ValueError(f"CumOp: mode {mode!r}, expected add or mul")
            return partial(cumsum if mode == "add" else cumprod, axis=axis)
        return extra_ops.CumOp(axis, mode)


class Unique(metaclass=OldConstructor):
    """The operation that gives the different elements of an array, or its slices."""

    original = extra_ops.Unique

    @staticmethod
    def build(
        return_index: bool = False,
        return_inverse: bool = False,
        return_counts: bool = False,
        axis: int | None = None,
    ) -> Any:
        """Return PyTensor's Op."""
        kind = extra_ops.Unique if axis is None or axis >= 0 else UniqueFromLast
        return kind(return_index, return_inverse, return_counts, axis)


class UniqueFromLast(extra_ops.Unique):
    """The same along an axis that is counted from the last."""

    def __init__(self, *options: Any) -> None:
        *returned, axis = options
        super().__init__(*returned, 0)
        self.axis = axis

    def make_node(self, x: Any) -> Apply:
        """Return a node of PyTensor's Op."""
        x = pt.as_tensor_variable(x)
        axis = x.type.ndim + self.axis
        if axis < 0:
            raise ValueError(f"Unique: axis {self.axis} of an array with {x.type.ndim} axes")
        options = (self.return_index, self.return_inverse, self.return_counts)
        return extra_ops.Unique(*options, axis).make_node(x)


def diff_along(n: int = 1, axis: int = -1) -> Any:
    """Return the function that takes differences along an axis, `n` times."""
    return partial(diff, n=n, axis=axis)


def cumsum_along(axis: int | None = None) -> Any:
    """Return the function that sums up along an axis."""
    return partial(cumsum, axis=axis)


def cumprod_along(axis: int | None = None) -> Any:
    """Return the function that multiplies up along an axis."""
    return partial(cumprod, axis=axis)


def repeat_along(axis: int | None = None) -> Any:
    """Return the function that repeats elements along an axis."""
    return partial(repeat, axis=axis)


DiffOp = stand_in("DiffOp", build=diff_along)
CumsumOp = stand_in("CumsumOp", build=cumsum_along)
CumprodOp = stand_in("CumprodOp", build=cumprod_along)
RepeatOp = stand_in("RepeatOp", extra_ops.Repeat, build=repeat_along)
