"""Graphs as they would be compiled to C, looked at and evaluated without a compiler."""

from collections.abc import Iterable

import numpy as np
import pytensor
from pytensor.compile.mode import Mode
from pytensor.graph.fg import FunctionGraph
from pytensor.tensor.elemwise import Elemwise

from lenet.nnet.ops.conv import ConvOp
from lenet.nnet.ops.fused_conv import FusedConvOp
from lenet.nnet.ops.pool import PoolOp
from lenet.nnet.ops.relu import ScalarReluOp
from tests.nnet.modes import Graph

# Rewrites that work in place would ask for a compiled function's features; the others hide scalar Ops.
WHOLE_C_MODE = Mode(linker="cvm", optimizer="fast_run").excluding(
    "inplace", "fusion", "lenet_flat_elemwise"
)
# What has nothing to be fused with keeps its name.
C_MODE = WHOLE_C_MODE.excluding("lenet_static_conv")
OPS = (ConvOp, PoolOp, FusedConvOp, ScalarReluOp)
TOLERANCES = {"float32": 1e-5, "float64": 1e-9}


def rewritten(graph: Graph, mode: Mode = C_MODE) -> FunctionGraph:
    """Return a graph as it would be compiled; a rewrite that fails is an error."""
    fgraph = FunctionGraph(list(graph.inputs), list(graph.outputs), clone=True)
    with pytensor.config.change_flags(on_opt_error="raise"):
        mode.optimizer.rewrite(fgraph)
    return fgraph


def ops_of(fgraph: FunctionGraph) -> list:
    """Return convolutions, poolings and rectifiers in a graph, sorted by the names of their classes."""
    ops = [
        node.op.scalar_op if isinstance(node.op, Elemwise) else node.op
        for node in fgraph.apply_nodes
    ]
    return sorted(
        (op for op in ops if isinstance(op, OPS)),
        key=lambda op: type(op).__name__,
    )


def names_of(fgraph: FunctionGraph) -> list[str]:
    """Return the sorted names of convolutions, poolings and rectifiers in a graph."""
    return sorted(type(op).__name__ for op in ops_of(fgraph))


def evaluate_plainly(graph: Graph | FunctionGraph, values: Iterable) -> list[np.ndarray]:
    """Return what a graph says, without rewriting it and without a compiler."""
    function = pytensor.function(
        list(graph.inputs),
        list(graph.outputs),
        mode=Mode(linker="py", optimizer=None),
        on_unused_input="ignore",
    )
    return [np.asarray(value) for value in function(*values)]


def assert_agree(found: Iterable, expected: Iterable, tolerances: dict = TOLERANCES) -> None:
    """Check that arrays are the same but for rounding, which is relative to the largest number."""
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        assert one.shape == other.shape
        atol = tolerances[str(one.dtype)] * np.abs(other).max(initial=0)
        np.testing.assert_allclose(one, other, rtol=0, atol=atol)


def rewritten_and_checked(graph: Graph, mode: Mode = C_MODE) -> FunctionGraph:
    """Return a graph as it would be compiled, once its values are known to be those of the original."""
    fgraph = rewritten(graph, mode)
    found, expected = (evaluate_plainly(g, graph.values) for g in (fgraph, graph))
    assert_agree(found, expected)
    return fgraph
