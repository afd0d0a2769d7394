"""Theano's ``theano.scalar.basic_scipy``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "pytensor.scalar.math")
