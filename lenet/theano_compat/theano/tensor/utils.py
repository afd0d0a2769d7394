"""Theano's ``theano.tensor.utils``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "pytensor.tensor.utils")
