"""Theano's ``theano.sparse.sandbox.sp2``: where sparse operations were first."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "lenet.theano_compat.theano.sparse.basic")
