"""Pooling with windows that turn out to be known before the graph runs becomes that with fixed ones."""

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
    """Put the Op with fixed windows in place of one whose windows are constants."""
    *arguments, windows = node.inputs
    if not isinstance(windows, Constant):
        return None
    new = node.op.static(windows.data)(*arguments)
    copy_stack_trace(node.outputs[0], new)
    return [new]


def register_symbolic_pool_rewrites() -> None:
    """Tell PyTensor of the rewrite, for all backends: JAX needs windows that are known."""
    if NAME not in optdb:
        # After arithmetic with constants has been done.
        optdb.register(
            NAME, dfs_rewriter(static_windows), "fast_run", "fast_compile", position=1.05
        )
