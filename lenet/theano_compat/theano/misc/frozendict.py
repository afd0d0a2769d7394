"""Theano's ``theano.misc.frozendict``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "pytensor.misc.frozendict")
