"""Theano's ``theano.sandbox``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__)
