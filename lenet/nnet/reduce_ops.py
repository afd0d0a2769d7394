"""Sums over whole arrays, which `lenet.nnet.rewrites` puts into graphs for C."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply, Variable

from lenet.nnet.c_op import CFileOp


class SumOfSquares(CFileOp):
    """The sum of the squares of all elements, as an L2 penalty needs it."""

    c_files = ("common.h", "sum_of_squares.h")
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
