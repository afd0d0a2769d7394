"""Theano's ``theano.compile.builders``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "pytensor.compile.builders")
