"""Theano's ``theano.compile.ops``."""

from lenet.theano_compat.forwarding import forward

__all__ = ["expandable_types"]

expandable_types = ()  # of Theano's GPU arrays

__getattr__ = forward(
    __name__,
    "pytensor.compile.ops",
    "pytensor.tensor.shape",
    "pytensor.raise_op",
    "lenet.theano_compat.theano.tensor",
)
