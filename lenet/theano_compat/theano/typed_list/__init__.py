"""Theano's ``theano.typed_list``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(
    __name__, "pytensor.typed_list", "pytensor.typed_list.basic", "pytensor.typed_list.type"
)
