"""Gradients of a loop, kept for when they are asked for again.

``[grad(cost, p) for p in parameters]`` asks once for each parameter, with gradients of the loop's outputs that are the
same computation, newly written. Each answer is a loop over the whole backward step; of equal ones compiling makes one
in the end, after minutes where a step is long.
"""

from collections.abc import Sequence
from typing import Any

from pytensor.gradient import DisconnectedType
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.scan.op import Scan


class KeptGradients:
    """The last gradients of one node; a copy of it, such as a pickled one, has none.

    Parameters
    ----------
    node : Apply or None
        Nodes share their tags with those that are cloned from them, whose gradients are others.
    """

    def __init__(self, node: Apply | None = None) -> None:
        self.node = node
        self.cotangents: Sequence[Variable] = ()
        self.gradients: list[Variable] = []

    def __reduce__(self) -> tuple[type, tuple]:
        return (KeptGradients, ())


def kept(node: Apply, cotangents: Sequence[Variable]) -> list[Variable] | None:
    """Return the gradients that were kept for the same computation, or None."""
    known = getattr(node.tag, "kept_gradients", None)
    if known is None or known.node is not node or not are_equal(known.cotangents, cotangents):
        return None
    return list(known.gradients)


def keep(node: Apply, cotangents: Sequence[Variable], gradients: Sequence[Variable]) -> None:
    """Keep the gradients of a node with respect to its inputs, in place of others."""
    known = node.tag.kept_gradients = KeptGradients(node)
    known.cotangents, known.gradients = list(cotangents), list(gradients)


def are_equal(some: Sequence[Variable], others: Sequence[Variable]) -> bool:
    """Return whether variables are the same, or are computed alike from the same.

    Loops are compared by identity, as there is no need for more: a new one is the answer that was not kept.
    """
    if len(some) != len(others):
        return False
    left: list[tuple[Variable, Variable]] = list(zip(some, others, strict=True))
    seen: dict[Variable, Variable] = {}
    while left:
        one, other = left.pop()
        if one is other or seen.get(one) is other:
            continue
        seen[one] = other
        if one.owner is None or other.owner is None:
            if not are_equal_leaves(one, other):
                return False
        elif one.owner is not other.owner:
            if one.index != other.index or not are_equal_ops(one.owner.op, other.owner.op):
                return False
            if len(one.owner.inputs) != len(other.owner.inputs):
                return False
            left.extend(zip(one.owner.inputs, other.owner.inputs, strict=True))
        elif one.index != other.index:
            return False
    return True


def are_equal_leaves(one: Variable, other: Variable) -> bool:
    """Return whether variables without owners are equal constants, or disconnected."""
    if isinstance(one, Constant) and isinstance(other, Constant):
        return bool(one.equals(other))
    return isinstance(one.type, DisconnectedType) and isinstance(other.type, DisconnectedType)


def are_equal_ops(one: Any, other: Any) -> bool:
    """Return whether two operations are the same."""
    return one is other or (not isinstance(one, Scan) and bool(one == other))
