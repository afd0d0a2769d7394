"""Theano's ``theano.gof.type``."""

from pytensor.link.c.type import Generic, generic

from lenet.theano_compat.forwarding import forward

__all__ = ["Generic", "generic"]

__getattr__ = forward(__name__, "pytensor.graph.type", "pytensor.link.c.type")
