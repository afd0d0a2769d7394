"""Theano's ``theano.ifelse``: a choice of which only one side is computed."""

from pytensor.ifelse import IfElse, ifelse

from lenet.theano_compat.forwarding import forward

__all__ = ["IfElse", "ifelse"]

__getattr__ = forward(__name__, "pytensor.ifelse")
