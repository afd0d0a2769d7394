"""Theano's ``theano.compile.ops``."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(
    __name__,
    "pytensor.compile.ops",
    "pytensor.tensor.shape",
    "pytensor.raise_op",
    "lenet.theano_compat.theano.tensor",
)
