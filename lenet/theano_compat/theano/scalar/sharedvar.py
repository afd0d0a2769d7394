"""Theano's ``theano.scalar.sharedvar``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "pytensor.scalar.sharedvar")
