"""Theano's ``theano.sandbox.linalg``."""

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.tensor.nlinalg import eigh

__all__ = ["eigh"]

__getattr__ = forward(
    __name__,
    "lenet.theano_compat.theano.tensor.slinalg",
    "lenet.theano_compat.theano.tensor.nlinalg",
    "lenet.theano_compat.theano.sandbox.linalg.ops",
)
