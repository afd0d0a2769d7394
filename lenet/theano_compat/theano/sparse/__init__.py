"""Theano's ``theano.sparse``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(
    __name__,
    "pytensor.sparse",
    "pytensor.sparse.variable",
    "lenet.theano_compat.theano.sparse.type",
)
