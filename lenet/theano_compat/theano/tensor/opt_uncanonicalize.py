"""Theano's ``theano.tensor.opt_uncanonicalize``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "pytensor.tensor.rewriting.uncanonicalize")
