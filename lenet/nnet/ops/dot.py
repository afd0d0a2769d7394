"""Matrix products with all threads, whatever BLAS there is and its threads.

`lenet.nnet.rewrites` puts them into graphs for C. Installed by pip, PyTensor has no BLAS but NumPy's,
whose threads and OpenMP's would fight, and calls it for vectors from Python, which takes longer than
most of these products.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply, Variable

from lenet.nnet.ops.base import CFileOp


class MatrixProduct(CFileOp):
    """The product of two matrices of the same floating-point type."""

    c_files = ("matrix_product.h",)
    c_function = "matrix_product"

    def make_node(self, left: Any, right: Any) -> Apply:
        left, right = map(pt.as_tensor_variable, (left, right))
        shape = (left.type.shape[0], right.type.shape[1])
        return Apply(self, [left, right], [pt.tensor(dtype=left.type.dtype, shape=shape)])

    def infer_output_shape(self, node: Apply, shapes: Sequence[tuple]) -> tuple:
        return (shapes[0][0], shapes[1][1])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        output_storage[0][0] = np.dot(*inputs)

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> list[Variable]:
        left, right = inputs
        (gradient,) = cotangents
        return [self(gradient, right.T), self(left.T, gradient)]


class ChangedByProduct(CFileOp):
    """Base class of what changes an array, the first argument, by a product.

    All arguments are of one floating-point type.

    Parameters
    ----------
    inplace : bool
        Whether the result takes the memory of the first argument.
    """

    __props__ = ("inplace",)
    takes_sizes = False

    def __init__(self, inplace: bool = False) -> None:
        self.inplace = inplace
        if inplace:
            self.destroy_map = {0: [0]}

    def make_node(self, *inputs: Any) -> Apply:
        variables = [pt.as_tensor_variable(each) for each in inputs]
        return Apply(self, variables, [variables[0].type()])

    def infer_output_shape(self, node: Apply, shapes: Sequence[tuple]) -> tuple:
        return shapes[0]


class SubtractProduct(ChangedByProduct):
    """``matrix - scale * (left @ right)``, a step of gradient descent.

    The product is written nowhere. `scale` holds a single number, with any axes.
    """

    c_files = ("matrix_product.h",)
    c_function = "subtract_product"

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        matrix, scale, left, right = inputs
        output_storage[0][0] = matrix - scale * np.dot(left, right)


class MatrixVectorProduct(ChangedByProduct):
    """``beta * y + alpha * matrix @ x``, with the arguments of PyTensor's `Gemv`.

    Where `beta` is zero, what `y` holds does not count.
    """

    c_files = ("matrix_vector.h",)
    c_function = "matrix_vector_product"

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        y, alpha, matrix, x, beta = inputs
        product = alpha * np.dot(matrix, x)
        output_storage[0][0] = product + beta * y if beta else product
