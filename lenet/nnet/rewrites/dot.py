"""Rewrites of matrix products to `MatrixProduct` and `MatrixVectorProduct`."""

import warnings

from pytensor.compile.mode import optdb
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import copy_stack_trace, dfs_rewriter, node_rewriter
from pytensor.tensor.blas import Gemv
from pytensor.tensor.math import Dot

from lenet.nnet.ops.dot import MatrixProduct, MatrixVectorProduct
from lenet.nnet.rewrites.matching import TAGS, register_kernels

FLOATS = ("float32", "float64")
MATRICES = "lenet_matrix_product"
VECTORS = "lenet_matrix_vector_product"


@node_rewriter([Dot])
def matrix_product(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace the product of two matrices of the same floating-point type."""
    left, right = node.inputs
    if (
        left.type.ndim == right.type.ndim == 2
        and left.type.dtype == right.type.dtype in FLOATS
        and 1
        not in (left.type.shape[0], right.type.shape[1])  # vectors: PyTensor has Gemv for them
    ):
        product = MatrixProduct()(left, right)
        copy_stack_trace(node.outputs[0], product)
        return [product]
    return None


@node_rewriter([Gemv])
def matrix_vector_product(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace a matrix-vector product that PyTensor has recognised."""
    dtypes = {variable.type.dtype for variable in node.inputs}
    if len(dtypes) != 1 or not dtypes <= set(FLOATS):
        return None
    new = MatrixVectorProduct(node.op.inplace)(*node.inputs)
    copy_stack_trace(node.outputs[0], new)
    return [new]


def register_dot_rewrites() -> None:
    """Register the rewrites of this module.

    They make PyTensor's warning of a missing BLAS wrong. PyTensor gives it for any matrix product, even if no graph that is compiled calls a BLAS in the end.
    """
    warnings.filterwarnings("ignore", message="PyTensor could not link to a BLAS")
    # Before PyTensor looks for products that BLAS can compute, at 1.7.
    if not register_kernels(MATRICES, dfs_rewriter(matrix_product), position=1.69):
        return
    # After PyTensor has decided, at 50.2, which of them work in place.
    optdb.register(VECTORS, dfs_rewriter(matrix_vector_product), *TAGS, position=50.61)
