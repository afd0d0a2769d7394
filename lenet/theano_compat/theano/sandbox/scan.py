"""Theano's ``theano.sandbox.scan``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "lenet.theano_compat.theano.scan_module")
