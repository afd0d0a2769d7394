"""Theano's ``theano.gof.graph``: variables and the traversal of their graphs."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pytensor.graph import basic
from pytensor.graph.basic import Constant, Variable, equal_computations
from pytensor.graph.traversal import applys_between, orphans_between, vars_between, walk
from pytensor.graph.traversal import general_toposort as pytensor_general_toposort
from pytensor.graph.traversal import io_toposort as pytensor_io_toposort

from lenet.theano_compat.arguments import called_otherwise, without
from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.pickled_graphs import Apply

__all__ = [
    "Apply",
    "Constant",
    "Variable",
    "ancestors",
    "as_string",
    "clone",
    "general_toposort",
    "graph_inputs",
    "inputs",
    "io_toposort",
    "is_in_ancestors",
    "is_same_graph",
    "is_same_graph_with_merge",
    "list_of_nodes",
    "ops",
    "orphans",
    "stack_search",
    "variables",
    "variables_and_orphans",
    "view_roots",
]

__getattr__ = forward(
    __name__,
    "pytensor.graph.basic",
    "pytensor.graph.traversal",
    "pytensor.graph.replace",
    "pytensor.compile.aliasing",
    "pytensor.graph.op",
)

as_string = called_otherwise(basic.as_string, i="inputs", o="outputs")
clone = called_otherwise(basic.clone, i="inputs", o="outputs")
general_toposort = without(pytensor_general_toposort, "debug_print")


def ancestors(variable_list: Iterable[Variable], blockers: Any = None) -> list[Variable]:
    """Return the variables that some variables depend on, and these themselves.

    They come in Theano's order, on which the order of a saved model's parameters may depend: depth
    first, from the last of `variable_list`, and at each node from the first of its inputs.
    """
    blocked = set(blockers or ())

    def expand(variable: Variable) -> Iterable[Variable] | None:
        if variable.owner is None or variable in blocked:
            return None
        return reversed(variable.owner.inputs)

    return list(walk(variable_list, expand, bfs=False))


def inputs(variable_list: Iterable[Variable], blockers: Any = None) -> list[Variable]:
    """Return the root inputs of some variables: their ancestors without an owner.

    See `ancestors`.
    """
    return [each for each in ancestors(variable_list, blockers) if each.owner is None]


def graph_inputs(graphs: Iterable[Variable], blockers: Any = None) -> Iterator[Variable]:
    """Yield the root inputs of some variables, as Theano-PyMC's `inputs` is called.

    PyTensor's own come in another order, by which PyMC3 orders a model's variables, and draws for them.
    """
    yield from inputs(graphs, blockers)


def stack_search(
    start: deque,
    expand: Callable[[Any], Iterable[Any] | None],
    mode: str = "bfs",
    build_inv: bool = False,
) -> Any:
    """Return what is reached from some nodes, in the order in which it is found.

    Parameters
    ----------
    start : deque
        Of nodes to begin with.
    expand : callable
        Returns the nodes that come after one, or None.
    mode : {"bfs", "dfs"}
        Whether those found first, or last, are looked at first.
    build_inv : bool
        Also return a dictionary of the nodes that led to each.
    """
    if mode not in ("bfs", "dfs"):
        raise ValueError(f"mode {mode!r}: expected bfs or dfs")
    waiting, found, seen = deque(start), [], set()
    came_from: dict[Any, list[Any]] = {}
    while waiting:
        node = waiting.popleft() if mode == "bfs" else waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        found.append(node)
        following = expand(node) or ()
        for each in following:
            came_from.setdefault(each, []).append(node)
        waiting.extend(following)
    return (found, came_from) if build_inv else found


def variables(i: Iterable[Variable], o: Iterable[Variable]) -> set[Variable]:
    """Return the variables between inputs and outputs, both included."""
    return set(vars_between(list(i), list(o)))


def ops(i: Iterable[Variable], o: Iterable[Variable]) -> set[basic.Apply]:
    """Return the nodes between inputs and outputs."""
    return set(applys_between(list(i), list(o)))


def list_of_nodes(inputs: Iterable[Variable], outputs: Iterable[Variable]) -> set[basic.Apply]:
    """Return the nodes between inputs and outputs."""
    return ops(inputs, outputs)


def view_roots(r: Variable) -> list[Variable]:
    """Return the variables whose memory a variable is a view of, or itself."""
    if r.owner is None:
        return [r]
    viewed = r.owner.op.view_map.get(r.owner.outputs.index(r))
    if not viewed:
        return [r]
    return [root for at in viewed for root in view_roots(r.owner.inputs[at])]


def io_toposort(
    inputs: Iterable[Variable],
    outputs: Iterable[Variable],
    orderings: Any = None,
    clients: dict[Variable, list[Any]] | None = None,
) -> list[basic.Apply]:
    """Return the nodes between inputs and outputs in topological order.

    A dictionary `clients` is filled with the nodes that use each variable, and the numbers of their inputs.
    """
    nodes = list(pytensor_io_toposort(list(inputs), list(outputs), orderings))
    if clients is not None:
        for node in nodes:
            for number, variable in enumerate(node.inputs):
                clients.setdefault(variable, []).append((node, number))
    return nodes


def is_in_ancestors(l_node: basic.Apply, f_node: basic.Apply) -> bool:
    """Return whether the node `f_node` is below `l_node`."""
    return any(variable.owner is f_node for variable in ancestors(l_node.outputs))


def orphans(i: Iterable[Variable], o: Iterable[Variable]) -> list[Variable]:
    """Return the orphans: variables of a graph that are neither inputs nor computed.

    The graph is that between inputs and outputs.
    """
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


is_same_graph_with_merge = is_same_graph


def variables_and_orphans(
    i: Iterable[Variable], o: Iterable[Variable]
) -> tuple[set[Variable], list[Variable]]:
    """Return what `variables` and `orphans` return."""
    i, o = list(i), list(o)
    return variables(i, o), orphans(i, o)
