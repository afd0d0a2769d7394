"""Removal of expected shapes: what runs does not depend on them."""

from pytensor.compile.mode import optdb
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import dfs_rewriter, node_rewriter

from lenet.nnet.ops.expected_shape import ExpectedShape

NAME = "lenet_expected_shape"


@node_rewriter([ExpectedShape])
def without_expected_shape(fgraph: FunctionGraph, node: Apply) -> list[Variable]:
    """Replace an expected shape by the tensor itself."""
    return list(node.inputs)


def register_expected_shape_rewrite() -> None:
    """Register the rewrite for all backends; repeated calls change nothing."""
    if NAME not in optdb:
        # Before the rewrites that match patterns, and after `lenet.compile.specialise` has seen the shapes.
        tags = "fast_run", "fast_compile"
        optdb.register(NAME, dfs_rewriter(without_expected_shape), *tags, position=-1)
