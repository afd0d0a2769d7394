"""Rewrites of matrix products to `MatrixProduct` and `MatrixVectorProduct`."""

import math
import warnings

import pytensor.tensor as pt
from pytensor.compile.mode import optdb
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import (
    WalkingGraphRewriter,
    copy_stack_trace,
    dfs_rewriter,
    node_rewriter,
)
from pytensor.tensor.blas import Gemv
from pytensor.tensor.math import Dot

from lenet.nnet.ops.dot import MatrixProduct, MatrixVectorProduct, SubtractProduct
from lenet.nnet.ops.flat_elemwise import is_number
from lenet.nnet.rewrites.matching import TAGS, operands, register_kernels

FLOATS = ("float32", "float64")
MATRICES = "lenet_matrix_product"
DIFFERENCES = "lenet_subtract_product"
VECTORS = "lenet_matrix_vector_product"

# Smaller matrices stay in the nearest caches, where it costs little to write a product and to read it again:
# less than to compile one kernel more.
MIN_LARGE = 1 << 18


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


def known_size(variable: Variable) -> int:
    """Return how many elements an array has, or 0 where that is not known."""
    if isinstance(variable, SharedVariable):
        return variable.get_value(borrow=True).size
    sizes = [size or 0 for size in variable.type.shape]
    return math.prod(sizes) if variable.owner is None else 0


@node_rewriter([pt.sub])
def subtract_products(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace ``matrix - number * (product + ...)``, by which large weights learn."""
    matrix, decrease = node.inputs
    match operands(decrease, pt.mul):
        case [scale, total] | [total, scale] if is_number(scale):
            products = operands(total, pt.add) or [total]
        case _:
            return None
    if (
        matrix.type.ndim != 2
        or known_size(matrix) < MIN_LARGE
        or any(each.type.dtype != matrix.type.dtype for each in [*products, scale])
        or not all(operands(product, MatrixProduct) for product in products)
        or any(len(fgraph.clients[each]) != 1 for each in {decrease, total, *products})
    ):
        return None
    difference = matrix
    for product in products:
        difference = SubtractProduct()(difference, scale, *product.owner.inputs)
    copy_stack_trace(node.outputs[0], difference)
    return [difference]


@node_rewriter([SubtractProduct])
def subtract_in_place(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Let a difference take the memory of the matrix."""
    if node.op.inplace:
        return None
    new = SubtractProduct(inplace=True)(*node.inputs)
    copy_stack_trace(node.outputs[0], new)
    return [new]


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
    # Before element-wise Ops are fused, at 49.
    optdb.register(DIFFERENCES, dfs_rewriter(subtract_products), *TAGS, position=48.9)
    in_place = WalkingGraphRewriter(
        subtract_in_place, failure_callback=WalkingGraphRewriter.warn_inplace
    )
    optdb.register(f"{DIFFERENCES}_in_place", in_place, *TAGS, "inplace", position=50.25)
    optdb.register(VECTORS, dfs_rewriter(matrix_vector_product), *TAGS, position=50.61)
