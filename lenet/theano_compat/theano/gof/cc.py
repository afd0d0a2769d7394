"""Theano's ``theano.gof.cc``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "pytensor.link.c.basic", "pytensor.link.c.interface")
