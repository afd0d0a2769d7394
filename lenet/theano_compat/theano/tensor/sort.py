"""Theano's ``theano.tensor.sort``."""

from pytensor.tensor.sort import ArgSortOp, SortOp, argsort, sort

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.tensor.arithmetic import argtopk, topk, topk_and_argtopk

__all__ = ["ArgSortOp", "SortOp", "argsort", "argtopk", "sort", "topk", "topk_and_argtopk"]

__getattr__ = forward(
    __name__, "pytensor.tensor.sort", missing={"TopKOp": "use topk_and_argtopk, a function"}
)
