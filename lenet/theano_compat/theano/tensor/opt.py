"""Theano's ``theano.tensor.opt``: rewriting of graphs, and assertions in them."""

from pytensor.raise_op import Assert, assert_op

from lenet.theano_compat.forwarding import forward

__all__ = ["Assert", "assert_", "assert_op"]

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
