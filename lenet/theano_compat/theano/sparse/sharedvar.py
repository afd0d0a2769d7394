"""Theano's ``theano.sparse.sharedvar``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "pytensor.sparse.sharedvar")
