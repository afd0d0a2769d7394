"""Theano's ``theano.compile.ops``."""

from functools import cache

from pytensor.tensor.shape import Shape_i

from lenet.theano_compat.forwarding import forward

__all__ = ["expandable_types", "shape_i_op"]

shape_i_op = cache(Shape_i)

expandable_types = ()  # of Theano's GPU arrays

__getattr__ = forward(
    __name__,
    "pytensor.compile.ops",
    "pytensor.tensor.shape",
    "pytensor.raise_op",
    "lenet.theano_compat.theano.tensor",
)
