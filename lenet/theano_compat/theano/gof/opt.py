"""Theano's ``theano.gof.opt``: rewrites of graphs, under the names they had there."""

from typing import Any

from pytensor.graph.rewriting.basic import (
    EquilibriumGraphRewriter,
    GraphRewriter,
    MergeOptimizer,
    NodeRewriter,
    PatternNodeRewriter,
    SequentialGraphRewriter,
    SequentialNodeRewriter,
    SubstitutionNodeRewriter,
    WalkingGraphRewriter,
    copy_stack_trace,
    graph_rewriter,
    in2out,
    node_rewriter,
    out2in,
)

from lenet.theano_compat.forwarding import forward

__all__ = [
    "EquilibriumOptimizer",
    "LocalOptGroup",
    "LocalOptimizer",
    "MergeOptimizer",
    "OpSub",
    "Optimizer",
    "PatternSub",
    "SeqOptimizer",
    "TopoOptimizer",
    "copy_stack_trace",
    "in2out",
    "local_optimizer",
    "optimizer",
    "out2in",
]

EquilibriumOptimizer = EquilibriumGraphRewriter
LocalOptGroup = SequentialNodeRewriter
LocalOptimizer = NodeRewriter
OpSub = SubstitutionNodeRewriter
Optimizer = GraphRewriter
PatternSub = PatternNodeRewriter
SeqOptimizer = SequentialGraphRewriter
TopoOptimizer = WalkingGraphRewriter
optimizer = graph_rewriter

__getattr__ = forward(__name__, "pytensor.graph.rewriting.basic")


def local_optimizer(tracks: Any, inplace: bool = False, requirements: tuple = ()) -> Any:
    """Return a decorator that makes a rewrite of a function of a node.

    Theano called it with the node only, PyTensor calls it with the graph too.
    """

    def decorate(function: Any) -> Any:
        def rewrite(fgraph: Any, node: Any) -> Any:
            return function(node)

        rewrite.__name__ = function.__name__
        rewrite.__doc__ = function.__doc__
        return node_rewriter(tracks, inplace=inplace, requirements=requirements)(rewrite)

    return decorate
