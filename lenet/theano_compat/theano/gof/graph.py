"""Theano's ``theano.gof.graph``: variables, and walks through the expressions they are made of."""

from collections.abc import Iterable
from typing import Any

from pytensor.graph.basic import Apply, Constant, Variable, equal_computations
from pytensor.graph.traversal import (
    ancestors as pytensor_ancestors,
)
from pytensor.graph.traversal import applys_between, graph_inputs, orphans_between, vars_between
from pytensor.graph.traversal import io_toposort as pytensor_io_toposort

from lenet.theano_compat.forwarding import forward

__all__ = [
    "Apply",
    "Constant",
    "Variable",
    "ancestors",
    "inputs",
    "io_toposort",
    "is_in_ancestors",
    "is_same_graph",
    "list_of_nodes",
    "ops",
    "orphans",
    "variables",
]

__getattr__ = forward(
    __name__,
    "pytensor.graph.basic",
    "pytensor.graph.traversal",
    "pytensor.graph.replace",
    "pytensor.compile.aliasing",
    "pytensor.graph.op",
)


def inputs(variable_list: Iterable[Variable], blockers: Any = None) -> list[Variable]:
    """Return the variables without an owner that some variables depend on."""
    return list(graph_inputs(list(variable_list), blockers))


def ancestors(variable_list: Iterable[Variable], blockers: Any = None) -> list[Variable]:
    """Return the variables that some variables depend on, and these themselves."""
    return list(pytensor_ancestors(list(variable_list), blockers))


def variables(i: Iterable[Variable], o: Iterable[Variable]) -> set[Variable]:
    """Return the variables between inputs and outputs, both included."""
    return set(vars_between(list(i), list(o)))


def ops(i: Iterable[Variable], o: Iterable[Variable]) -> set[Apply]:
    """Return the nodes between inputs and outputs."""
    return set(applys_between(list(i), list(o)))


list_of_nodes = ops


def io_toposort(
    inputs: Iterable[Variable], outputs: Iterable[Variable], orderings: Any = None
) -> list[Apply]:
    """Return the nodes between inputs and outputs, each after those that it depends on."""
    return list(pytensor_io_toposort(list(inputs), list(outputs), orderings))


def is_in_ancestors(l_node: Apply, f_node: Apply) -> bool:
    """Return whether the node `f_node` is below `l_node`."""
    return any(variable.owner is f_node for variable in pytensor_ancestors(l_node.outputs))


def orphans(i: Iterable[Variable], o: Iterable[Variable]) -> list[Variable]:
    """Return the variables between inputs and outputs that neither an input nor an operation gives."""
    return list(orphans_between(list(i), list(o)))


def is_same_graph(
    var1: Variable, var2: Variable, givens: Any = None, debug: bool | None = None
) -> bool:
    """Return whether two expressions are the same operations of the same inputs.

    Parameters
    ----------
    var1, var2 : Variable
        The expressions.
    givens : mapping or list of pairs, optional
        Which input of the first stands for which of the second.
    debug : bool, optional
        For Theano's signature.
    """
    pairs = list(dict(givens or {}).items())
    return equal_computations([var1], [var2], [old for old, _ in pairs], [new for _, new in pairs])
