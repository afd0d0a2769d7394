"""Products of matrices become `MatrixProduct`."""

from pytensor.compile.mode import optdb
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import copy_stack_trace, dfs_rewriter, node_rewriter
from pytensor.tensor.math import Dot

from lenet.nnet.dot_ops import MatrixProduct
from lenet.nnet.rewrites.matching import TAGS

NAME = "lenet_matrix_product"


@node_rewriter([Dot])
def matrix_product(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace the product of two matrices of one floating-point type."""
    left, right = node.inputs
    if (
        left.type.ndim == right.type.ndim == 2
        and left.type.dtype == right.type.dtype in ("float32", "float64")
        and 1
        not in (left.type.shape[0], right.type.shape[1])  # vectors: PyTensor has Gemv for them
    ):
        product = MatrixProduct()(left, right)
        copy_stack_trace(node.outputs[0], product)
        return [product]
    return None


def register_dot_rewrites() -> None:
    """Tell PyTensor of the rewrite ``lenet_matrix_product``."""
    if NAME not in optdb:
        # Before PyTensor looks for what BLAS can do, at 1.7.
        optdb.register(NAME, dfs_rewriter(matrix_product), *TAGS, position=1.69)
