"""Theano's ``theano.gof.destroyhandler``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "pytensor.graph.destroyhandler")
