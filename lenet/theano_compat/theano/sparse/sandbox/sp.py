"""Theano's ``theano.sparse.sandbox.sp``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "lenet.theano_compat.theano.sparse.basic")
