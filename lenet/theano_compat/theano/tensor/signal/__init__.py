"""Theano's ``theano.tensor.signal``."""

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.tensor.signal import pool

__all__ = ["pool"]

__getattr__ = forward(__name__)
