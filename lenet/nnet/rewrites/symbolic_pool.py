"""Rewrite of pooling with symbolic windows that turn out to be constant."""

from pytensor.compile.mode import optdb
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import copy_stack_trace, dfs_rewriter, node_rewriter

from lenet.nnet.ops.symbolic_pool import (
    SymbolicMaxPoolGrad,
    SymbolicMaxPoolTangent,
    SymbolicPool,
    SymbolicPoolGrad,
)

NAME = "lenet_static_windows"


@node_rewriter([SymbolicPool, SymbolicPoolGrad, SymbolicMaxPoolGrad, SymbolicMaxPoolTangent])
def static_windows(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace a pooling Op whose windows are constants by one with fixed windows."""
    *arguments, windows = node.inputs
    if not isinstance(windows, Constant):
        return None
    new = node.op.static(windows.data)(*arguments)
    copy_stack_trace(node.outputs[0], new)
    return [new]


def register_symbolic_pool_rewrites() -> None:
    """Register the rewrite for all backends: JAX needs constant windows."""
    if NAME not in optdb:
        # After constant folding.
        optdb.register(
            NAME, dfs_rewriter(static_windows), "fast_run", "fast_compile", position=1.05
        )
