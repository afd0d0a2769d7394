"""Theano's ``theano.misc.ordered_set``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "pytensor.misc.ordered_set")
