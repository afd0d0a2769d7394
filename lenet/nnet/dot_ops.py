"""Products of matrices that use all threads, whatever BLAS there is and whatever threads that has.

`lenet.nnet.rewrites` puts them into graphs for C. Installed by pip, PyTensor has no BLAS but NumPy's,
whose threads and OpenMP's would fight.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply, Variable

from lenet.nnet.c_op import CFileOp


class MatrixProduct(CFileOp):
    """The product of two matrices of the same floating-point type."""

    c_files = ("common.h", "indirect_gemm.h", "matrix_product.h")
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
