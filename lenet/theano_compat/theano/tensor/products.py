"""Products of ``theano.tensor.basic`` that PyTensor calls otherwise, or has not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.replace import vectorize_graph
from pytensor.tensor import math
from pytensor.tensor.variable import TensorVariable

from lenet.theano_compat.arguments import called_otherwise
from lenet.theano_compat.old_constructor import OldConstructor

__all__ = ["Dot", "batched_dot", "batched_tensordot", "dot"]

dot = called_otherwise(pt.dot, a="l", b="r")


def _dot(x: Any, y: Any) -> TensorVariable:
    """Return the product of two vectors or matrices.

    Raises
    ------
    TypeError
        If an argument has another number of axes.
    """
    x, y = pt.as_tensor_variable(x), pt.as_tensor_variable(y)
    for each in (x, y):
        if each.ndim not in (1, 2):
            raise TypeError(f"Dot: {each} has {each.ndim} axes, expected a vector or a matrix")
    return pt.dot(x, y)


class Dot(metaclass=OldConstructor):
    """The operation of products of vectors and matrices."""

    original = math.Dot

    @staticmethod
    def build() -> Callable[..., TensorVariable]:
        """Return the function."""
        return _dot


def batched_dot(a: Any, b: Any) -> TensorVariable:
    """Multiply the entries of two batches, one by one: ``out[i] = dot(a[i], b[i])``.

    Raises
    ------
    TypeError
        If an argument has no axes.
    """
    a, b = pt.as_tensor_variable(a), pt.as_tensor_variable(b)
    if a.ndim == 0 or b.ndim == 0:
        raise TypeError(f"batched_dot: {a} and {b} need a first axis, of the batch")
    if a.ndim == 1 or b.ndim == 1:
        return pt.shape_padright(a, max(b.ndim - a.ndim, 0)) * pt.shape_padright(
            b, max(a.ndim - b.ndim, 0)
        )
    if a.ndim > 3 or b.ndim > 3:
        return batched_tensordot(a, b, [[a.ndim - 1], [max(1, b.ndim - 2)]])
    # Vectors in a batch are matrices of one row or one column, for the time of the product.
    product = pt.matmul(a[:, None] if a.ndim == 2 else a, b[:, :, None] if b.ndim == 2 else b)
    rows = 0 if a.ndim == 2 else slice(None)
    columns = 0 if b.ndim == 2 else slice(None)
    return product[:, rows, columns]


def batched_tensordot(x: Any, y: Any, axes: Any = 2) -> TensorVariable:
    """Tensor product of each pair of entries of two batches, summed over axes.

    See `theano.tensor.tensordot`.

    Parameters
    ----------
    x, y : tensor_like
    axes : int or pair of axes
        How many axes are summed over, the last ones of `x` and the first ones of `y`; or which, where
        the first axis is that of the batch.
    """
    x, y = pt.as_tensor_variable(x), pt.as_tensor_variable(y)
    if not isinstance(axes, int):
        axes = [
            [axis % each.ndim - 1 for axis in np.atleast_1d(chosen).tolist()]
            for each, chosen in zip((x, y), axes, strict=True)
        ]
    entry_of_x, entry_of_y = x[0].type(), y[0].type()
    product = pt.tensordot(entry_of_x, entry_of_y, axes)
    return vectorize_graph(product, {entry_of_x: x, entry_of_y: y})
