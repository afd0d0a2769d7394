"""Theano's ``theano.tensor.sort``."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from pytensor.graph.basic import Variable
from pytensor.tensor import sort as pytensor_sort
from pytensor.tensor.sort import ArgSortOp as PyTensorArgSortOp
from pytensor.tensor.sort import SortOp as PyTensorSortOp
from pytensor.tensor.sort import argsort as pytensor_argsort
from pytensor.tensor.type import integer_dtypes
from pytensor.tensor.variable import TensorVariable

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.old_constructor import OldConstructor, stand_in
from lenet.theano_compat.theano.tensor.arithmetic import argtopk, topk, topk_and_argtopk

__all__ = [
    "ArgSortOp",
    "SortOp",
    "TopKOp",
    "argsort",
    "argtopk",
    "sort",
    "topk",
    "topk_and_argtopk",
]

__getattr__ = forward(__name__, "pytensor.tensor.sort")


def topk_along(
    axis: int = -1,
    sorted: bool = True,
    idx_dtype: str = "int64",
    return_values: bool = True,
    return_indices: bool = True,
) -> Any:
    """Return the function of the largest elements, their places, or both.

    Raises
    ------
    ValueError
        If neither is asked for.
    """
    if not (return_values or return_indices):
        raise ValueError("TopKOp: return_values and return_indices are False, expected one of them")
    chosen = topk_and_argtopk if return_indices else topk
    return partial(
        chosen if return_values else argtopk, axis=axis, sorted=sorted, idx_dtype=idx_dtype
    )


TopKOp = stand_in("TopKOp", build=topk_along)


class SortOp(metaclass=OldConstructor):
    """The operation of `sort`; `order` makes no difference."""

    original = PyTensorSortOp

    @staticmethod
    def build(kind: str, order: Sequence | None = None) -> PyTensorSortOp:
        """Return PyTensor's Op."""
        return PyTensorSortOp(kind)


class ArgSortOp(metaclass=OldConstructor):
    """The operation of `argsort`; `order` makes no difference."""

    original = PyTensorArgSortOp

    @staticmethod
    def build(kind: str, order: Sequence | None = None) -> PyTensorArgSortOp:
        """Return PyTensor's Op."""
        return PyTensorArgSortOp(kind)


def sort(a: Any, axis: Any = -1, kind: str = "quicksort", order: Any = None) -> TensorVariable:
    """Return an array sorted along an axis.

    Parameters
    ----------
    a : tensor_like
    axis : int, variable or None
        None for all elements in one row.
    kind : str
        As for ``numpy.sort``.
    order
        Of the fields of records, which there are not here: None.
    """
    return pytensor_sort(a, whole(axis), kind, order)


def argsort(a: Any, axis: Any = -1, kind: str = "quicksort", order: Any = None) -> TensorVariable:
    """Return the places of elements in the order that sorts them; see `sort`."""
    return pytensor_argsort(a, whole(axis), kind, order)


def whole(axis: Any) -> Any:
    """Return an axis; a variable of floats, such as ``T.scalar()``, as an integer."""
    if isinstance(axis, Variable) and axis.dtype not in integer_dtypes:
        return axis.astype("int64")
    return axis
