"""Theano's ``theano.gof.toolbox``: what follows a graph while it is rewritten."""

from collections import defaultdict
from functools import partial
from typing import Any

from pytensor.graph.basic import Apply, Variable
from pytensor.graph.features import AlreadyThere, Bookkeeper, Feature, ReplacementDidNotRemoveError

from lenet.theano_compat.forwarding import forward

__all__ = [
    "NodeFinder",
    "PreserveNames",
    "PrintListener",
    "ReplacementDidntRemovedError",
]

__getattr__ = forward(__name__, "pytensor.graph.features")

ReplacementDidntRemovedError = ReplacementDidNotRemoveError


class NodeFinder(Bookkeeper):
    """Finder of the nodes of an operation, by ``graph.get_nodes(operation)``."""

    def __init__(self) -> None:
        self.d: dict[Any, list[Apply]] = defaultdict(list)

    def on_attach(self, fgraph: Any) -> None:
        """Give the graph its method.

        Raises
        ------
        AlreadyThere
            If it has one.
        """
        if hasattr(fgraph, "get_nodes"):
            raise AlreadyThere("the graph has a NodeFinder")
        fgraph.get_nodes = partial(self.query, fgraph)
        super().on_attach(fgraph)

    def on_detach(self, fgraph: Any) -> None:
        """Take the method back."""
        super().on_detach(fgraph)
        del fgraph.get_nodes

    def on_import(self, fgraph: Any, node: Apply, reason: Any) -> None:
        """Remember a node."""
        self.d[node.op].append(node)

    def on_prune(self, fgraph: Any, node: Apply, reason: Any) -> None:
        """Forget a node."""
        self.d[node.op].remove(node)

    def query(self, fgraph: Any, op: Any) -> list[Apply]:
        """Return the nodes of an operation."""
        return list(self.d.get(op, ()))


class PrintListener(Feature):
    """Printer of all that happens to a graph.

    Parameters
    ----------
    active : bool
        Whether it prints.
    """

    def __init__(self, active: bool = True) -> None:
        self.active = active

    def tell(self, text: str) -> None:
        """Print a line."""
        if self.active:
            print("--", text)

    def on_attach(self, fgraph: Any) -> None:
        """Tell of the graph."""
        self.tell(f"attaching to: {fgraph}")

    def on_detach(self, fgraph: Any) -> None:
        """Tell that the graph is left."""
        self.tell(f"detaching from: {fgraph}")

    def on_import(self, fgraph: Any, node: Apply, reason: Any) -> None:
        """Tell of a new node."""
        self.tell(f"importing: {node}, reason: {reason}")

    def on_prune(self, fgraph: Any, node: Apply, reason: Any) -> None:
        """Tell of a node that is gone."""
        self.tell(f"pruning: {node}, reason: {reason}")

    def on_change_input(
        self, fgraph: Any, node: Any, i: int, r: Variable, new_r: Variable, reason: Any = None
    ) -> None:
        """Tell of an input that is another now."""
        self.tell(f"changing ({node}.inputs[{i}]) from {r} to {new_r}")


class PreserveNames(Feature):
    """Keeper of the names of variables whose place others take."""

    def on_change_input(
        self, fgraph: Any, node: Any, i: int, r: Variable, new_r: Variable, reason: Any = None
    ) -> None:
        """Name a variable after that whose place it takes."""
        if r.name is not None and new_r.name is None:
            new_r.name = r.name
