"""Sums over whole arrays or channels, put into graphs by `lenet.nnet.rewrites`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply, Variable

from lenet.nnet.ops.base import CFileOp


class SumOfSquares(CFileOp):
    """The sum of the squares of all elements, as an L2 penalty needs it."""

    c_files = ("sums.h",)
    c_function = "sum_of_squares"

    def make_node(self, array: Any) -> Apply:
        array = pt.as_tensor_variable(array)
        return Apply(self, [array], [pt.tensor(dtype=array.type.dtype, shape=())])

    def infer_output_shape(self, node: Apply, shapes: Sequence[tuple]) -> tuple:
        return ()

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        (array,) = inputs
        output_storage[0][0] = np.asarray(np.sum(array**2, dtype="float64"), dtype=array.dtype)

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> list[Variable]:
        return [2 * inputs[0] * cotangents[0]]


class ChannelSums(CFileOp):
    """The sum of each channel (second axis) over all other axes.

    Within a channel, it is summed in double precision, as PyTensor's own `Sum` does it.
    """

    c_files = SumOfSquares.c_files
    c_function = "channel_sums"

    def make_node(self, array: Any) -> Apply:
        array = pt.as_tensor_variable(array)
        return Apply(
            self, [array], [pt.tensor(dtype=array.type.dtype, shape=array.type.shape[1:2])]
        )

    def infer_output_shape(self, node: Apply, shapes: Sequence[tuple]) -> tuple:
        return (shapes[0][1],)

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        (array,) = inputs
        others = (0, *range(2, array.ndim))
        output_storage[0][0] = array.sum(axis=others, dtype="float64").astype(array.dtype)

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> list[Variable]:
        (array,) = inputs
        pattern = ["x", 0, *["x"] * (array.type.ndim - 2)]
        return [pt.ones_like(array) * cotangents[0].dimshuffle(pattern)]
