"""Theano's ``theano.gof.null_type``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "pytensor.graph.null_type")
