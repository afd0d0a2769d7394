"""Theano's ``theano.tensor.blas``: products of matrices by a library."""

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.tensor.products import batched_dot

__all__ = ["batched_dot"]

__getattr__ = forward(
    __name__,
    "pytensor.tensor.blas",
    missing=dict.fromkeys(["Ger", "ger"], "use theano.tensor.outer"),
)
