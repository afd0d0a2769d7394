"""Theano's ``theano.typed_list.type``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, "pytensor.typed_list.type")
