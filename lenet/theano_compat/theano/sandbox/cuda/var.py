"""Theano's ``theano.sandbox.cuda.var``."""

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.sandbox.cuda import float32_shared_constructor

__all__ = ["float32_shared_constructor"]

__getattr__ = forward(__name__)
