"""Theano's ``theano.tensor.opt``: rewriting of graphs, and assertions in them."""

from pytensor.raise_op import Assert, assert_op
from pytensor.tensor.rewriting.math import AlgebraicCanonizer as Canonizer

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.tensor.arithmetic import get_scalar_constant_value

__all__ = ["Assert", "Canonizer", "assert_", "assert_op", "get_scalar_constant_value"]

assert_ = assert_op

__getattr__ = forward(
    __name__,
    "pytensor.tensor.rewriting.basic",
    "pytensor.tensor.rewriting.math",
    "pytensor.tensor.rewriting.shape",
    "pytensor.tensor.rewriting.elemwise",
    "pytensor.tensor.rewriting.subtensor",
    "pytensor.tensor.basic",
)
