"""Broadcastable axes: Theano's ``addbroadcast`` and ``Rebroadcast``.

``unbroadcast`` is here, too.
"""

from collections.abc import Iterable
from typing import Any, ClassVar

import pytensor.tensor as pt
from pytensor.compile.ops import TypeCastingOp, ViewOp
from pytensor.gradient import DisconnectedType
from pytensor.graph.basic import Apply
from pytensor.raise_op import CheckAndRaise
from pytensor.tensor.variable import TensorVariable

from lenet.theano_compat.recognised import Recognising

__all__ = ["Rebroadcast", "addbroadcast", "patternbroadcast", "unbroadcast"]


class Unbroadcast(TypeCastingOp):
    """Gives an array as it is, without what its type says of the lengths of some axes.

    An axis of unknown length does not broadcast.

    Parameters
    ----------
    *axes : int
    """

    __props__ = ("axes",)
    c_code_and_version = ViewOp.c_code_and_version

    def __init__(self, *axes: int) -> None:
        self.axes = axes

    def make_node(self, x: Any) -> Apply:
        """Return the node that applies this to a variable."""
        x = pt.as_tensor_variable(x)
        shape = [None if axis in self.axes else n for axis, n in enumerate(x.type.shape)]
        return Apply(self, [x], [x.type.clone(shape=tuple(shape))()])

    def infer_shape(self, *arguments: Any) -> list:
        """Return the shape of the input; the last argument is a list of it alone."""
        return arguments[-1]

    def pullback(self, inputs: list, outputs: list, cotangents: list) -> list:
        """Return the cotangent, with the type of the input."""
        (x,), (cotangent,) = inputs, cotangents
        known = [n if axis in self.axes else None for axis, n in enumerate(x.type.shape)]
        return [pt.specify_shape(cotangent, known)]

    def pushforward(self, inputs: list, outputs: list, tangents: list) -> list:
        """Return the tangent, without what its type says of the lengths."""
        (tangent,) = tangents
        return [tangent if isinstance(tangent.type, DisconnectedType) else self(tangent)]


def addbroadcast(x: Any, *axes: int) -> TensorVariable:
    """Return `x` with some axes made broadcastable.

    When the graph runs, it is an error if their lengths are not 1.
    """
    return Rebroadcast(*[(axis, True) for axis in axes])(x)


def unbroadcast(x: Any, *axes: int) -> TensorVariable:
    """Return `x` with axes that do not broadcast, even if their length is 1."""
    return Rebroadcast(*[(axis, False) for axis in axes])(x)


def patternbroadcast(x: Any, broadcastable: Iterable[bool]) -> TensorVariable:
    """Return `x` with the broadcastable axes that `broadcastable` says, and no other."""
    return Rebroadcast(*enumerate(broadcastable))(x)


class Rebroadcast(metaclass=Recognising):
    """Says of some axes whether they broadcast, as ``theano.compile.Rebroadcast``.

    Parameters
    ----------
    *axes : (int, bool)
        Axes, and whether they broadcast.
    """

    operations: ClassVar[tuple[type, ...]] = (Unbroadcast,)

    def __init__(self, *axes: tuple[int, bool]) -> None:
        self.axis = {int(axis): bool(broadcasts) for axis, broadcasts in axes}

    def __call__(self, x: Any) -> TensorVariable:
        """Return `x` with the axes as said.

        Raises
        ------
        ValueError
            If `x` has no such axis.
        """
        x = pt.as_tensor_variable(x)
        if any(axis >= x.ndim for axis in self.axis):
            raise ValueError(f"{x} has {x.ndim} axes, but axes {[*self.axis]} were given")
        fixed = [axis for axis, broadcasts in self.axis.items() if broadcasts]
        for axis in fixed:
            if x.type.shape[axis] is None:
                message = f"axis {axis} of {x} was to have length 1"
                x = CheckAndRaise(ValueError, message)(x, pt.eq(x.shape[axis], 1))
        free = [axis for axis in self.axis if axis not in fixed and x.type.broadcastable[axis]]
        x = pt.specify_broadcastable(x, *fixed)
        return Unbroadcast(*free)(x) if free else x
