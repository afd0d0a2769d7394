"""Theano's ``theano.tensor.blas``: products of matrices by a library."""

from typing import Any

from pytensor.tensor import blas

from lenet.nnet.ops.dot import MatrixProduct, MatrixVectorProduct
from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.old_constructor import OldConstructor
from lenet.theano_compat.theano.tensor.products import batched_dot

__all__ = ["Dot22", "Gemv", "batched_dot"]

__getattr__ = forward(
    __name__,
    "pytensor.tensor.blas",
    missing=dict.fromkeys(["Ger", "ger"], "use theano.tensor.outer"),
)


class Dot22(metaclass=OldConstructor):
    """The product of two matrices."""

    original = blas.Dot22
    others = (MatrixProduct,)

    @staticmethod
    def build() -> Any:
        """Return the operation."""
        return blas.Dot22()


class Gemv(metaclass=OldConstructor):
    """The product of a matrix and a vector, added to a vector."""

    original = blas.Gemv
    others = (MatrixVectorProduct,)

    @staticmethod
    def build(inplace: bool) -> Any:
        """Return the operation."""
        return blas.Gemv(inplace)
