"""Rewrites of element-wise Ops and sums to vectorised C loops."""

import re

import pytensor.tensor as pt
from pytensor.compile.mode import optdb
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import copy_stack_trace, dfs_rewriter, node_rewriter
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.math import Sum
from pytensor.tensor.type import complex_dtypes

from lenet.nnet.ops.flat_elemwise import FAILURE, FlatElemwise, is_number
from lenet.nnet.ops.reductions import ChannelSums, SumOfSquares
from lenet.nnet.rewrites.matching import TAGS, operands, register_kernels

FLOATS = ("float32", "float64")
NO_C_CODE = ("float16", *complex_dtypes)
# But for the names that c_code/scalars.h has.
PYTHON = re.compile(r"\bPy[A-Z_]|\bNPY_(?!NAN|INFINITY|PI\b)|Python\.h|numpy/")


def is_for_kernels(node: Apply) -> bool:
    """Return whether the C code of an element can be in a loop that threads share.

    It cannot raise errors, as the remainder of an integer by zero does: C++ allows no jump out of such a loop. Nor can it call
    Python, as a user's own may do.
    """
    flat = FlatElemwise(node.op)
    inputs, outputs = (
        [f"{kind}{n}" for n in range(len(variables))]
        for kind, variables in (("x", node.inputs), ("y", node.outputs))
    )
    try:
        code = flat.scalar_code(node, inputs, outputs)
    except NotImplementedError:
        return True  # without C code, Elemwise and FlatElemwise alike run in Python
    return (
        FAILURE not in code
        and not flat.scalar_op.c_libraries()
        and not any(PYTHON.search(part) for part in (code, *flat.support_code(node)))
    )


@node_rewriter([Elemwise])
def flat_elemwise(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace an Elemwise by a loop that compilers can vectorise."""
    if (
        all(is_number(v) for v in node.inputs)
        or any(v.type.dtype not in FLOATS for v in node.outputs)
        or any(v.type.dtype in NO_C_CODE for v in node.inputs)
        or not is_for_kernels(node)
    ):
        return None
    new = FlatElemwise(node.op)(*node.inputs, return_list=True)
    copy_stack_trace(node.outputs, new)
    return new


@node_rewriter([Sum])
def sum_of_squares(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace the sum of squares of a whole array."""
    (old,) = node.outputs
    match operands(node.inputs[0], pt.sqr):
        case [array] if old.type.ndim == 0 and array.type.dtype == old.type.dtype in FLOATS:
            new = SumOfSquares()(array)
            copy_stack_trace(old, new)
            return [new]
    return None


@node_rewriter([Sum])
def channel_sums(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace sums over all axes but the second, of arrays with three axes or more."""
    (array,), (old,) = node.inputs, node.outputs
    others = {0, *range(2, array.type.ndim)}
    if array.type.ndim < 3 or node.op.axis is None or set(node.op.axis) != others:
        return None
    if not array.type.dtype == old.type.dtype in FLOATS:
        return None
    new = ChannelSums()(array)
    copy_stack_trace(old, new)
    return [new]


def register_elemwise_rewrites() -> None:
    """Register the rewrites of this module.

    They are ``lenet_sum_of_squares``, ``lenet_channel_sums`` and ``lenet_flat_elemwise``.
    """
    # After powers have become squares, before they are fused with the sum.
    if not register_kernels("lenet_sum_of_squares", dfs_rewriter(sum_of_squares), position=2.9):
        return
    # After the rewrites that look for sums, such as the gradient of a bias.
    register_kernels("lenet_channel_sums", dfs_rewriter(channel_sums), position=50.55)
    # After Elemwise Ops have been fused, and made to work in place where possible.
    optdb.register("lenet_flat_elemwise", dfs_rewriter(flat_elemwise), *TAGS, position=50.6)
