"""Theano's ``theano.gof.unify``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "pytensor.graph.rewriting.unify")
