"""Theano's ``theano.compile.nanguardmode``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "pytensor.compile.debug.nanguardmode")
