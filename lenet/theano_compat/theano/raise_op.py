"""Theano's ``theano.raise_op``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "pytensor.raise_op")
