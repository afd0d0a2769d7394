"""Theano's ``theano.sparse``."""

from lenet.theano_compat.forwarding import forward

enable_sparse = True  # SciPy is there

__getattr__ = forward(
    __name__,
    "pytensor.sparse",
    "lenet.theano_compat.theano.sparse.basic",
    "pytensor.sparse.variable",
    "lenet.theano_compat.theano.sparse.type",
)
