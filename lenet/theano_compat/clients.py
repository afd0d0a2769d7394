"""Clients of a variable, ``x.clients``, and ``fgraph`` of variables and nodes.

Rewrites that programs have written ask for them; PyTensor keeps clients in the graph, ``graph.clients[x]``.
"""

import weakref
from collections.abc import Iterator
from typing import Any

from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph

_graphs: list[weakref.ref[FunctionGraph]] = []
_init = FunctionGraph.__init__


def remember(graph: FunctionGraph, *arguments: Any, **options: Any) -> None:
    """Make a graph, and keep a weak reference to it."""
    _graphs.append(weakref.ref(graph, _graphs.remove))
    _init(graph, *arguments, **options)


def graph_of(part: Variable | Apply) -> FunctionGraph:
    """Return the latest graph that a variable or a node is part of.

    Raises
    ------
    AttributeError
        If there is none: Theano's had the attribute within a graph only.
    """
    for graph in alive():
        if part in (graph.apply_nodes if isinstance(part, Apply) else graph.clients):
            return graph
    raise AttributeError(f"{part} is in no graph that is compiled")


def alive() -> Iterator[FunctionGraph]:
    """Yield the graphs that are in use, the latest first."""
    for reference in reversed(_graphs):
        graph = reference()
        if graph is not None and "clients" in vars(graph):  # it is made
            yield graph


def clients(variable: Variable) -> list[tuple[Any, int]]:
    """Return the nodes that use a variable, and which of their inputs it is.

    An output of the graph is used by ``"output"``.
    """
    graph = graph_of(variable)
    outputs = [("output", at) for at, each in enumerate(graph.outputs) if each is variable]
    used = [pair for pair in graph.clients[variable] if pair[0] in graph.apply_nodes]
    return used + outputs


ATTRIBUTES = {
    (Variable, "clients"): property(clients),
    (Variable, "fgraph"): property(graph_of),
    (Apply, "fgraph"): property(graph_of),
}


def add() -> None:
    """Put the attributes onto PyTensor's classes; doing it again changes nothing."""
    FunctionGraph.__init__ = remember
    for (owner, name), attribute in ATTRIBUTES.items():
        setattr(owner, name, attribute)


def remove() -> None:
    """Take back `add`."""
    FunctionGraph.__init__ = _init
    for owner, name in ATTRIBUTES:
        if name in vars(owner):
            delattr(owner, name)
    _graphs.clear()
