"""Theano's ``theano.scalar``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(
    __name__, "lenet.theano_compat.theano.scalar.basic", "pytensor.scalar", "pytensor.scalar.math"
)
