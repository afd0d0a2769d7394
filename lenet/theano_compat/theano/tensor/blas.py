"""Theano's ``theano.tensor.blas``: products of matrices by a library."""

from typing import Any

from pytensor.tensor import blas

from lenet.nnet.ops.dot import MatrixProduct, MatrixVectorProduct, SubtractProduct
from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.old_constructor import OldConstructor, stand_in
from lenet.theano_compat.theano.tensor.products import batched_dot

__all__ = ["Dot22", "Dot22Scalar", "Gemm", "GemmRelated", "Gemv", "Ger", "batched_dot"]

__getattr__ = forward(
    __name__,
    "pytensor.tensor.blas",
    missing={"ger": "use theano.tensor.outer"},
)

# A product of matrices is one operation here, whatever is done with it afterwards.
PRODUCTS = (MatrixProduct, SubtractProduct)
Dot22Scalar = stand_in("Dot22Scalar", blas.Dot22Scalar, *PRODUCTS)
Gemm = stand_in("Gemm", blas.Gemm, *PRODUCTS)
GemmRelated = stand_in("GemmRelated", blas.GemmRelated, *PRODUCTS)
Ger = stand_in("Ger", blas.Ger, *PRODUCTS)


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
