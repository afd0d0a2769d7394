"""Theano's ``theano.gof.type``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "pytensor.graph.type", "pytensor.link.c.type")
