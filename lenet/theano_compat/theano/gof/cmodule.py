"""Theano's ``theano.gof.cmodule``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "pytensor.link.c.cmodule")
