"""Theano's ``theano.gof.link``."""

from collections.abc import Callable, Sequence
from typing import Any

import pytensor.link.basic

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.old_constructor import OldConstructor

__all__ = ["Container", "WrapLinker", "WrapLinkerMany"]

__getattr__ = forward(__name__, "pytensor.link.basic", "pytensor.link.utils")


class Container(metaclass=OldConstructor):
    """Container of a shared variable's value."""

    original = pytensor.link.basic.Container
    build = original

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__class__ = self.original
        self.__init__(  # type: ignore[misc]
            state["type"],
            state["storage"],
            readonly=state["readonly"],
            strict=state["strict"],
            allow_downcast=state.get("allow_downcast"),  # it is not in the oldest pickles
            name=state["name"],
        )


class WithoutGraph:
    """Function that is called with a graph and more, and passes on what is more."""

    def __init__(self, function: Callable[..., None]) -> None:
        self.function = function

    def __call__(self, fgraph: Any, *arguments: Any) -> None:
        """Call the function without the graph."""
        self.function(*arguments)


class WrapLinker(pytensor.link.basic.WrapLinker):
    """Linker that leaves each node to a function: ``wrapper(i, node, *thunks)``.

    PyTensor passes the graph as well, before the other arguments.
    """

    def __init__(self, linkers: Sequence[Any], wrapper: Callable[..., None]) -> None:
        is_copy = isinstance(wrapper, WithoutGraph)
        super().__init__(linkers, wrapper if is_copy else WithoutGraph(wrapper))


def WrapLinkerMany(linkers: Sequence[Any], wrappers: Sequence[Callable[..., None]]) -> WrapLinker:
    """Return a linker that calls several functions at each node, one after another."""

    def wrapper(*arguments: Any) -> None:
        for each in wrappers:
            each(*arguments)

    return WrapLinker(linkers, wrapper)
