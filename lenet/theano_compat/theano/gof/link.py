"""Theano's ``theano.gof.link``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "pytensor.link.basic", "pytensor.link.utils")
