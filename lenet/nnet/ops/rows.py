"""Increments of chosen rows of an array, such as embeddings of words, in C."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply

from lenet.nnet.ops.base import CFileOp


class IncrementRows(CFileOp):
    """``inc_subtensor(x[indices], rows)`` for rows like those of the array.

    PyTensor runs its own Op in Python unless the array is a vector.

    Parameters
    ----------
    inplace : bool
        Overwrite the array.
    set_instead_of_inc : bool
        Replace rows rather than add to them; of equal indices, the last counts.
    broadcasts : bool
        Repeat rows along axes that turn out to be of length 1, as Theano did; else that is an error, as in PyTensor.
    """

    __props__ = ("inplace", "set_instead_of_inc", "broadcasts")
    # Whether graphs are compiled so.
    may_broadcast: ClassVar[bool] = False
    c_files = ("increment_rows.h",)
    c_function = "increment_rows"

    def __init__(self, inplace: bool, set_instead_of_inc: bool, broadcasts: bool = False) -> None:
        self.inplace = inplace
        self.set_instead_of_inc = set_instead_of_inc
        self.broadcasts = broadcasts
        if inplace:
            self.destroy_map = {0: [0]}

    def make_node(self, x: Any, rows: Any, indices: Any) -> Apply:
        inputs = [pt.as_tensor_variable(value) for value in (x, rows, indices)]
        return Apply(self, inputs, [inputs[0].type()])

    def infer_output_shape(self, node: Apply, shapes: Sequence[tuple]) -> tuple:
        return shapes[0]

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        x, rows, indices = inputs
        result = x if self.inplace else x.copy()
        if self.set_instead_of_inc:
            result[indices] = rows
        else:
            np.add.at(result, indices, rows)
        output_storage[0][0] = result

    def c_shape(self) -> str:
        return f"{self.set_instead_of_inc}, {self.broadcasts}".lower()
