"""Theano's ``theano.misc.check_blas``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "pytensor.misc.check_blas")
