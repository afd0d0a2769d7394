"""Theano's ``theano.sparse.utils``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "pytensor.sparse.utils")
