"""Theano's ``theano.misc.may_share_memory``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "pytensor.misc.may_share_memory")
