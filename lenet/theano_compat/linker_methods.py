"""Methods of Theano's linkers that PyTensor's lack, added to its class.

``linker.accept(graph).make_function()``
    What computes the graph of a `FunctionGraph`, without rewriting it.
"""

from collections.abc import Callable
from typing import Any

from pytensor.link.basic import Linker


def make_function(
    linker: Linker, unpack_single: bool = True, **keywords: Any
) -> Callable[..., Any]:
    """Return a function of the values of a linker's graph.

    Parameters
    ----------
    linker : Linker
        Has accepted a graph.
    unpack_single : bool
        Whether a single result comes without a list.
    **keywords
        Of the linker's ``make_thunk``.
    """
    thunk, inputs, outputs = linker.make_thunk(**keywords)

    def compute(*values: Any) -> Any:
        if len(values) != len(inputs):
            raise TypeError(f"the graph has {len(inputs)} inputs, but {len(values)} values came")
        for container, value in zip(inputs, values, strict=True):
            container.data = value
        thunk()
        results = [container.data for container in outputs]
        return results[0] if unpack_single and len(results) == 1 else results

    return compute


def add() -> None:
    """Put the methods onto PyTensor's class; doing it again changes nothing."""
    Linker.make_function = make_function


def remove() -> None:
    """Take back `add`."""
    if "make_function" in vars(Linker):
        del Linker.make_function
