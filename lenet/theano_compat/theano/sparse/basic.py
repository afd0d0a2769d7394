"""Theano's ``theano.sparse.basic``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(
    __name__,
    "pytensor.sparse.basic",
    "pytensor.sparse.math",
    "pytensor.sparse",
    "pytensor.sparse.variable",
    "lenet.theano_compat.theano.sparse.type",
)
