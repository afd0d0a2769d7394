"""Theano's ``theano.sandbox.solve``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "lenet.theano_compat.theano.tensor.slinalg")
