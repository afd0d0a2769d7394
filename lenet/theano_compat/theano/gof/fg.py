"""Theano's ``theano.gof.fg``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "pytensor.graph.fg", "pytensor.graph.utils")
