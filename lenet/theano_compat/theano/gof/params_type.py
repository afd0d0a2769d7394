"""Theano's ``theano.gof.params_type``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "pytensor.link.c.params_type")
