"""Theano's ``theano.d3viz``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "pytensor.d3viz")
