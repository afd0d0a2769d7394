"""Rewrite of row increments, which are the gradients of embeddings."""

from pytensor.compile.mode import optdb
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import copy_stack_trace, dfs_rewriter, node_rewriter
from pytensor.tensor import subtensor
from pytensor.tensor.type import continuous_dtypes, integer_dtypes

from lenet.nnet.ops.rows import IncrementRows
from lenet.nnet.rewrites.matching import TAGS

NAME = "lenet_increment_rows"
# Until version 3.2, PyTensor had a separate Op for rows.
OPS = [
    getattr(subtensor, name)
    for name in ("AdvancedIncSubtensor1", "AdvancedIncSubtensor")
    if hasattr(subtensor, name)
]


def is_of_rows(node: Apply) -> bool:
    """Return whether a node increments the rows selected by a vector of integers."""
    if type(node.op).__name__ == "AdvancedIncSubtensor1":
        return True
    return (
        len(node.inputs) == 3
        and getattr(node.op, "idx_list", None) == (0,)
        and not node.op.ignore_duplicates
        and node.inputs[2].type.ndim == 1
        and node.inputs[2].type.dtype in integer_dtypes
    )


@node_rewriter(OPS)
def increment_rows(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace an increment of rows, unless it needs broadcasting or a cast."""
    if not is_of_rows(node):
        return None
    x, rows, indices = node.inputs
    expected = (indices.type.shape[0], *x.type.shape[1:])
    if (
        x.type.dtype != rows.type.dtype
        or x.type.dtype not in (*integer_dtypes, *continuous_dtypes)
        or x.type.dtype == "float16"
        or x.type.ndim != rows.type.ndim
        or any(a == 1 != b for a, b in zip(rows.type.shape, expected, strict=True))
    ):
        return None
    settings = (node.op.inplace, node.op.set_instead_of_inc, IncrementRows.may_broadcast)
    new = IncrementRows(*settings)(x, rows, indices)
    copy_stack_trace(node.outputs[0], new)
    return [new]


def register_row_rewrites() -> None:
    """Register the rewrite ``lenet_increment_rows``."""
    if NAME not in optdb:
        # After PyTensor has decided, at 70.6, which of them work in place.
        optdb.register(NAME, dfs_rewriter(increment_rows), *TAGS, position=70.61)
