"""Theano's ``theano.compile.profiling``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "pytensor.compile.debug.profiling")
