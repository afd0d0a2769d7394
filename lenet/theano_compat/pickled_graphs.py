"""Unpickling of Theano's graphs, to look at them and to read their parameters.

They cannot be run.

Theano's operations and PyTensor's bear the same names, but hold different things. A layer that was
pickled with its output comes with a graph of Theano's; what it is read for is its parameters.
"""

from typing import Any, NoReturn

import pytensor.graph.basic
from pytensor.graph.op import Op
from pytensor.graph.utils import MetaObject

from lenet.theano_compat.old_constructor import OldConstructor


class PickledOp(Op):
    """An operation that is known by its name only.

    Parameters
    ----------
    name : str
        Theano's name of its class.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return self.name

    def refuse(self, *arguments: Any, **keywords: Any) -> NoReturn:
        """Say why there is nothing to be had from it.

        Raises
        ------
        NotImplementedError
            Always.
        """
        raise NotImplementedError(
            f"{self.name} is part of a graph that Theano has pickled, of which only the shared variables "
            "and the inputs can be used: build the graph anew, and set its parameters to the values of "
            "these"
        )

    make_node = make_thunk = perform = pullback = pushforward = refuse


class Apply(MetaObject, metaclass=OldConstructor):
    """The class of a graph's nodes; one that Theano has pickled has a `PickledOp`."""

    original = pytensor.graph.basic.Apply
    build = original

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__class__ = self.original
        self.__dict__.update(state, op=PickledOp(type(state["op"]).__name__))
