"""Theano's ``theano.gof.opt``: rewrites of graphs, under the names they had there."""

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from itertools import chain
from types import FunctionType
from typing import Any

from pytensor.graph.basic import Apply, Variable
from pytensor.graph.destroyhandler import DestroyHandler
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.op import Op
from pytensor.graph.rewriting.basic import (
    CheckStackTraceFeature,
    CheckStackTraceRewriter,
    EquilibriumGraphRewriter,
    FromFunctionGraphRewriter,
    FromFunctionNodeRewriter,
    GraphRewriter,
    MergeOptimizer,
    NodeProcessingGraphRewriter,
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
    pre_greedy_node_rewriter,
)
from pytensor.graph.traversal import applys_between

from lenet.theano_compat.arguments import called_otherwise
from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.gpu_names import GpuOnly
from lenet.theano_compat.old_constructor import OldConstructor, stand_in
from lenet.theano_compat.recognised import Recognising

__all__ = [
    "CheckStackTraceOptimization",
    "CheckStrackTraceFeature",
    "EquilibriumOptimizer",
    "FromFunctionLocalOptimizer",
    "FromFunctionOptimizer",
    "LocalOptGroup",
    "LocalOptimizer",
    "MergeOptimizer",
    "NavigatorOptimizer",
    "OpRemove",
    "OpSub",
    "Optimizer",
    "PatternSub",
    "SeqOptimizer",
    "TopoOptimizer",
    "check_chain",
    "copy_stack_trace",
    "in2out",
    "inherit_stack_trace",
    "inplace_optimizer",
    "local_optimizer",
    "optimizer",
    "out2in",
    "pre_greedy_local_optimizer",
]


def pattern_sub(
    in_pattern: Any,
    out_pattern: Any,
    allow_multiple_clients: bool = False,
    skip_identities_fn: Any = None,
    name: str | None = None,
    pdb: bool = False,
    tracks: Any = (),
    get_nodes: Any = None,
    values_eq_approx: Any = None,
) -> PatternNodeRewriter:
    """Return a rewrite of one pattern of operations to another.

    `skip_identities_fn` and `pdb` make no difference.
    """
    return PatternNodeRewriter(
        in_pattern,
        out_pattern,
        allow_multiple_clients=allow_multiple_clients,
        name=name,
        tracks=tracks,
        get_nodes=get_nodes,
        values_eq_approx=values_eq_approx,
    )


EquilibriumOptimizer = stand_in(
    "EquilibriumOptimizer",
    EquilibriumGraphRewriter,
    build=called_otherwise(
        EquilibriumGraphRewriter,
        optimizers="rewriters",
        final_optimizers="final_rewriters",
        cleanup_optimizers="cleanup_rewriters",
    ),
)
LocalOptGroup = SequentialNodeRewriter
OpSub = SubstitutionNodeRewriter
Optimizer = GraphRewriter
PatternSub = stand_in("PatternSub", PatternNodeRewriter, build=pattern_sub)
SeqOptimizer = SequentialGraphRewriter
TopoOptimizer = stand_in(
    "TopoOptimizer",
    WalkingGraphRewriter,
    build=called_otherwise(WalkingGraphRewriter, local_opt="node_rewriter"),
)
optimizer = graph_rewriter

CheckStackTraceOptimization = CheckStackTraceRewriter
CheckStrackTraceFeature = CheckStackTraceFeature
FromFunctionLocalOptimizer = FromFunctionNodeRewriter
FromFunctionOptimizer = FromFunctionGraphRewriter
NavigatorOptimizer = NodeProcessingGraphRewriter

__getattr__ = forward(__name__, "pytensor.graph.rewriting.basic")


class AnyNodeRewriter(type(NodeRewriter)):  # type: ignore[misc]
    """Type of a class whose instances are all rewrites of nodes."""

    def __instancecheck__(cls, instance: Any) -> bool:
        # Only of `LocalOptimizer` itself: classes below it ask for their own instances.
        return super().__instancecheck__(instance) or (
            cls is LocalOptimizer and isinstance(instance, NodeRewriter)
        )


class LocalOptimizer(NodeRewriter, metaclass=AnyNodeRewriter):
    """A rewrite of nodes, whose method ``transform`` takes the node only."""

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        transform = vars(cls).get("transform")
        if transform is not None and len(inspect.signature(transform).parameters) == 2:
            cls.transform = without_graph(transform)

    def op_key(self) -> Any:
        """Return what the rewrite is for, for Theano's tables."""
        return None


def without_graph(transform: Callable) -> Callable:
    """Return a method ``transform(node)`` in the form that PyTensor calls."""

    @wraps(transform)
    def rewrite(
        self: NodeRewriter, fgraph: Any, node: Apply, *arguments: Any, **keywords: Any
    ) -> Any:
        return transform(self, node)

    return rewrite


class OpRemove(LocalOptimizer):
    """Rewrite that leaves an Op out, whose outputs are its inputs.

    Parameters
    ----------
    op : Op
    """

    reentrant = False

    def __init__(self, op: Any) -> None:
        self.op = op

    def op_key(self) -> Any:
        """Return the Op."""
        return self.op

    def tracks(self) -> list[Any]:
        """Return the Ops whose nodes are rewritten."""
        return [self.op]

    def transform(
        self, fgraph: Any, node: Apply, *arguments: Any, **keywords: Any
    ) -> list[Variable] | bool:
        """Return what takes the place of a node's outputs, or False."""
        return list(node.inputs) if node.op == self.op else False

    def __str__(self) -> str:
        return f"{self.op}(x) -> x"


def local_optimizer(tracks: Any, inplace: bool = False, requirements: tuple = ()) -> Any:
    """Return a decorator that makes a rewrite of a function of a node.

    Theano called it with the node only, PyTensor calls it with the graph too. Operations of a GPU, which are none here, are
    in no graph.
    """
    if tracks is not None:
        tracks = [
            each
            for kind in tracks
            for each in originals(kind)
            if not isinstance(each, FunctionType | GpuOnly)
            and not (isinstance(each, type) and issubclass(each, GpuOnly))
        ] or [InNoGraph]

    def decorate(function: Any) -> Any:
        def rewrite(fgraph: Any, node: Any) -> Any:
            return function(node)

        rewrite.__name__ = function.__name__
        rewrite.__doc__ = function.__doc__
        return node_rewriter(tracks, inplace=inplace, requirements=requirements)(rewrite)

    return decorate


class InNoGraph(Op):
    """Stands for operations that no graph has."""

    def perform(self, *arguments: Any) -> None:
        """Do nothing."""


def originals(kind: Any) -> Sequence[Any]:
    """Return the classes of PyTensor for one of Theano's, else what it is given."""
    if isinstance(kind, OldConstructor):
        return (kind.original, *kind.others)
    return vars(kind).get("operations", ()) if isinstance(kind, Recognising) else (kind,)


def inplace_optimizer(function: Any) -> Any:
    """Make a rewrite of a function, by which operations may destroy their inputs."""
    return optimizer(function, requirements=(DestroyHandler,))


def pre_greedy_local_optimizer(*arguments: Any) -> Variable:
    """Rewrite each node below a variable once, the lowest first.

    Parameters
    ----------
    fgraph : FunctionGraph, optional
        Its nodes stay. Theano-PyMC added this; by Theano's form, nodes stay that are in a graph which is compiled.
    list_optimizations : sequence of LocalOptimizer
    out : Variable

    Returns
    -------
    Variable
        What takes the place of `out`. Nodes are changed in place.
    """
    *given, rewrites, out = arguments
    found = (getattr(node, "fgraph", None) for node in applys_between([], [out]))
    graphs = chain(given, (graph for graph in found if graph is not None))
    return pre_greedy_node_rewriter(next(graphs, FunctionGraph([], [])), rewrites, out)


class inherit_stack_trace:  # noqa: N801
    """Gives variables that are made within ``with`` the stack traces of others.

    Parameters
    ----------
    from_var : Variable or list of Variable
    """

    def __init__(self, from_var: Variable | Sequence[Variable]) -> None:
        self.from_var = from_var

    def __enter__(self) -> None:
        self.before = Apply.__init__

        def init(node: Apply, *arguments: Any, **keywords: Any) -> None:
            self.before(node, *arguments, **keywords)
            copy_stack_trace(self.from_var, node.outputs)

        Apply.__init__ = init

    def __exit__(self, *error: object) -> None:
        Apply.__init__ = self.before


def check_chain(r: Any, *chain: Any) -> bool:
    """Return whether a variable comes of a chain of operations.

    A link is an operation or a class of operations, of whose first input the next one tells; None is a variable
    that nothing computes.
    """
    variable = r.outputs[0] if isinstance(r, Apply) else r
    for number, link in enumerate(chain):
        node = variable.owner
        if (node is None) != (link is None):
            return False
        if node is None:
            return number == len(chain) - 1
        if not (isinstance(node.op, link) if isinstance(link, type) else node.op == link):
            return False
        variable = node.inputs[0]
    return True
