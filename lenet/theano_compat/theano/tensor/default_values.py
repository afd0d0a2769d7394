"""Default values of arguments that are None: Theano's ``default``."""

from collections.abc import Sequence
from typing import Any, ClassVar

import pytensor.tensor as pt
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op

__all__ = ["Default", "default", "setdefault"]


class Default(Op):
    """Gives its first argument, or if it is None a copy of the second."""

    __props__ = ()
    view_map: ClassVar[dict[int, list[int]]] = {0: [0]}

    def make_node(self, x: Any, default: Any) -> Apply:
        """Return the node that applies this to two variables.

        Raises
        ------
        TypeError
            If they have different numbers of axes.
        """
        x, default = pt.as_tensor_variable(x), pt.as_tensor_variable(default)
        if x.ndim != default.ndim:
            raise TypeError(
                f"default: {x} has {x.ndim} axes, its default value {default} has {default.ndim}"
            )
        return Apply(self, [x, default.astype(x.dtype)], [x.type.clone(shape=(None,) * x.ndim)()])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: Any) -> None:
        """Give one of two arrays."""
        x, default = inputs
        output_storage[0][0] = default.copy() if x is None else x


def default(x: Any, default: Any) -> Any:
    """Return `x`, or `default` where `x` is None, as an argument may be."""
    if x is None or not isinstance(x, Variable):
        return default if x is None else x
    return Default()(x, default)


setdefault = default


def takes_none(function: Any, number: int) -> bool:
    """Return whether an argument of a compiled function goes to `Default` alone."""
    graph = function.maker.fgraph
    users = [node for node, _ in graph.clients[graph.inputs[number]]]
    return bool(users) and all(isinstance(node.op, Default) for node in users)
