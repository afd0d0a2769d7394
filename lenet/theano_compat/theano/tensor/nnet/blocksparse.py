"""Theano's ``theano.tensor.nnet.blocksparse``: products with blocks of a matrix."""

from typing import Any

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.theano_compat.forwarding import forward

__all__ = [
    "SparseBlockGemv",
    "SparseBlockOuter",
    "sparse_block_dot",
    "sparse_block_gemv",
    "sparse_block_gemv_inplace",
    "sparse_block_outer",
    "sparse_block_outer_inplace",
]

__getattr__ = forward(__name__)


class InplaceOption:
    """Base class of both operations.

    Parameters
    ----------
    inplace : bool
        Makes no difference: only the rewriting of a graph may decide to overwrite.
    """

    def __init__(self, inplace: bool = False) -> None:
        self.inplace = inplace


class SparseBlockGemv(InplaceOption):
    """Multiplies vectors by blocks of a matrix, and adds up; see `InplaceOption`."""

    def __call__(self, o: Any, W: Any, h: Any, inputIdx: Any, outputIdx: Any) -> TensorVariable:
        """Return ``o[b, j] + sum over i of h[b, i] @ W[inputIdx[b, i], outputIdx[b, j]]``.

        Parameters
        ----------
        o : tensor_like, shape (batch, output windows, output size)
        W : tensor_like, shape (input blocks, output blocks, input size, output size)
        h : tensor_like, shape (batch, input windows, input size)
        inputIdx : tensor_like of int, shape (batch, input windows)
        outputIdx : tensor_like of int, shape (batch, output windows)

        Returns
        -------
        TensorVariable
            Of the shape of `o`.

        Raises
        ------
        TypeError
            For another number of axes, or indices that are no integers.
        """
        o, W, h = tensors(o=(o, 3), W=(W, 4), h=(h, 3))
        rows, columns = indices(inputIdx=inputIdx, outputIdx=outputIdx)
        # (batch, output windows, input windows, input size, output size)
        blocks = W[rows[:, None, :], columns[:, :, None]]
        joined = blocks.reshape((*columns.shape, -1, W.shape[3]), ndim=4)
        return o + pt.matmul(h.flatten(2)[:, None, None], joined)[:, :, 0]


class SparseBlockOuter(InplaceOption):
    """Adds outer products of vectors to blocks of a matrix; see `InplaceOption`."""

    def __call__(
        self, o: Any, x: Any, y: Any, xIdx: Any, yIdx: Any, alpha: Any = None
    ) -> TensorVariable:
        """Return `o`, with outer products added to its blocks.

        To ``o[xIdx[b, i], yIdx[b, j]]``, ``alpha * outer(x[b, i], y[b, j])`` is added.

        Parameters
        ----------
        o : tensor_like, shape (x blocks, y blocks, x size, y size)
        x : tensor_like, shape (batch, x windows, x size)
        y : tensor_like, shape (batch, y windows, y size)
        xIdx, yIdx : tensor_like of int, shapes (batch, x windows) and (batch, y windows)
        alpha : tensor_like, optional
            By default 1.

        Raises
        ------
        TypeError
            For another number of axes, or indices that are no integers.
        """
        o, x, y = tensors(o=(o, 4), x=(x, 3), y=(y, 3))
        rows, columns = indices(xIdx=xIdx, yIdx=yIdx)
        products = x[:, :, None, :, None] * y[:, None, :, None, :]
        if alpha is not None:
            products = (alpha * products).astype(o.dtype)
        return pt.inc_subtensor(o[rows[:, :, None], columns[:, None, :]], products)


def tensors(**named: tuple[Any, int]) -> list[TensorVariable]:
    """Return tensors; raise `TypeError` for one that has not so many axes."""
    result = []
    for name, (value, axes) in named.items():
        tensor = pt.as_tensor_variable(value)
        if tensor.type.ndim != axes:
            raise TypeError(f"{name} has {tensor.type.ndim} axes, expected {axes}")
        result.append(tensor)
    return result


def indices(**named: Any) -> list[TensorVariable]:
    """Return matrices of indices; raise `TypeError` for anything else."""
    matrices = tensors(**{name: (value, 2) for name, value in named.items()})
    for name, matrix in zip(named, matrices, strict=True):
        if "int" not in matrix.type.dtype:
            raise TypeError(f"{name} is of type {matrix.type.dtype}, expected integers")
    return matrices


sparse_block_gemv = SparseBlockGemv(False)
sparse_block_gemv_inplace = SparseBlockGemv(True)
sparse_block_outer = SparseBlockOuter(False)
sparse_block_outer_inplace = SparseBlockOuter(True)


def sparse_block_dot(W: Any, h: Any, inputIdx: Any, b: Any, outputIdx: Any) -> TensorVariable:
    """Return the products of `sparse_block_gemv`, with a bias for each output block.

    Parameters
    ----------
    W, h, inputIdx, outputIdx
        As for `SparseBlockGemv`; all but `W` may be without the axis of the batch.
    b : tensor_like, shape (output blocks, output size)
    """
    h, b = pt.as_tensor_variable(h), pt.as_tensor_variable(b)
    rows, columns = (pt.as_tensor_variable(each) for each in (inputIdx, outputIdx))
    if h.type.ndim == 2:
        h, rows, columns = h[None], rows[None], columns[None]
    return sparse_block_gemv(b[columns], W, h, rows, columns)
