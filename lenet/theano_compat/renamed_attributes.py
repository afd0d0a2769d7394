"""Attributes that PyTensor has renamed, added to its classes under Theano's names.

``optimizer.optimize(graph)``
    Rewrites a graph, after what it needs has been attached to it; ``rewrite`` now.
``graph.change_input``, ``graph.disown``
    Of a function's graph: changes an input of a node; ``change_node_input`` now. And takes all nodes out, which PyTensor never does.
``type.Constant``, ``type.Variable``
    Classes of the constants and variables of a type; ``constant_type`` and ``variable_type`` now.
``str(operation)``
    Of `DimShuffle`, by which programs find it; PyTensor tells transpositions from other ones.
"""

from typing import Any

from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import GraphRewriter
from pytensor.graph.type import Type
from pytensor.tensor.elemwise import DimShuffle


class Renamed:
    """Attribute of a class and its instances that has another name now."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type) -> Any:
        return getattr(owner if instance is None else instance, self.name)


def name_of_dimshuffle(operation: DimShuffle) -> str:
    """Return the name that Theano gave an operation that orders axes."""
    return f"InplaceDimShuffle{{{','.join(map(str, operation.new_order))}}}"


def disown(graph: FunctionGraph) -> None:
    """Let a graph know its nodes and variables no more, nor they the graph."""
    for feature in list(graph._features):
        graph.remove_feature(feature)
    graph.apply_nodes, graph.variables, graph.clients = set(), set(), {}
    graph.inputs, graph.outputs = [], []


ATTRIBUTES: dict[tuple[type, str], Any] = {
    (DimShuffle, "__str__"): name_of_dimshuffle,
    (FunctionGraph, "change_input"): Renamed("change_node_input"),
    (FunctionGraph, "disown"): disown,
    (GraphRewriter, "optimize"): Renamed("rewrite"),
    (Type, "Constant"): Renamed("constant_type"),
    (Type, "Variable"): Renamed("variable_type"),
}
ORIGINALS = {(owner, name): vars(owner)[name] for owner, name in ATTRIBUTES if name in vars(owner)}


def add() -> None:
    """Put the names onto PyTensor's classes; doing it again changes nothing."""
    for (owner, name), attribute in ATTRIBUTES.items():
        setattr(owner, name, attribute)


def remove() -> None:
    """Take back `add`."""
    for owner, name in ATTRIBUTES:
        if (owner, name) in ORIGINALS:
            setattr(owner, name, ORIGINALS[owner, name])
        elif name in vars(owner):
            delattr(owner, name)
