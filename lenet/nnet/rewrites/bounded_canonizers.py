"""Bounds on PyTensor's rewrites of sums and products, which took exponential time.

PyTensor writes nested sums as one, term by term. Where a sum is used several times, as the number of channels is
by the branches of an Inception module, its terms are repeated each time: ``a + a + a`` of ``b + b + b`` has nine, and
twelve such levels have half a million. Products likewise: x squared sixteen times has 65536 factors. PyTensor also writes the
size of a joined tensor along each axis as a choice between a sum and the size of the first part, although it knows
the axis of the join. docs/upstream.md has both with examples.

They are mended where they are, in PyTensor, for graphs of all modes: shapes are inferred by the Op, before any rewrite
of ours could match, and several of PyTensor's rewrites share its canonizers.
"""

import threading
from collections.abc import Collection, Sequence
from functools import wraps
from typing import Any

import pytensor.tensor as pt
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.op import Op
from pytensor.tensor.basic import Join
from pytensor.tensor.elemwise import DimShuffle
from pytensor.tensor.rewriting import math as rewrites
from pytensor.tensor.rewriting.math import (
    AlgebraicCanonizer,
    local_add_canonizer,
    local_mul_canonizer,
)

MAX_SIZE = 200  # of an expression that is written out: Ops and terms

# Sizes in the expression that a thread writes out, by the name of the canonizer's Op.
WRITTEN_OUT = threading.local()

Shapes = Sequence[Sequence[Variable]]


class BoundedCanonizer(AlgebraicCanonizer):
    """Canonizer that writes out no expression of more than `MAX_SIZE` Ops and terms.

    Below the Op at which it begins, a larger one is a term like any other.
    """

    def get_num_denum(self, inp: Variable) -> tuple[list[Variable], list[Variable]]:
        """Return terms and those with a minus, or factors and divisors, of an expression."""
        own, name = vars(WRITTEN_OUT), str(self.main)
        sizes = own.get(name)
        if sizes is not None:
            return ([inp], []) if sizes[inp] > MAX_SIZE else super().get_num_denum(inp)
        own[name] = sizes_of(inp, (self.main, self.inverse, self.reciprocal))
        try:
            return super().get_num_denum(inp)
        finally:
            del own[name]


def sizes_of(expression: Variable, ops: Collection[Op]) -> dict[Variable, int]:
    """Return the sizes of an expression of some Ops and of those in it, written out.

    Each is looked at once, however often it is used, and without recursion.
    """
    sizes: dict[Variable, int] = {}
    waiting = [expression]
    while waiting:
        variable = waiting[-1]
        node = variable.owner
        inner = []
        if node is not None and (node.op in ops or isinstance(node.op, DimShuffle)):
            inner = node.inputs
        unknown = [each for each in inner if each not in sizes]
        if unknown:
            waiting += unknown
        else:
            sizes[variable] = 1 + sum(sizes[each] for each in inner)
            waiting.pop()
    return sizes


def bounded_tree(parse: Any) -> Any:
    """Return `parse_mul_tree` that takes a product that is too large as one factor.

    PyTensor looks for sigmoids in that tree.
    """

    @wraps(parse)
    def parsed(root: Variable) -> list[Any]:
        if sizes_of(root, (pt.mul, pt.neg))[root] > MAX_SIZE:
            return [False, root]
        return parse(root)

    return parsed


def infer_shape_of_known_axis(infer_shape: Any) -> Any:
    """Return `Join.infer_shape` that sums sizes along a known axis, and no other."""

    @wraps(infer_shape)
    def inferred(op: Join, fgraph: FunctionGraph, node: Apply, shapes: Shapes) -> list[Any]:
        axis, parts = node.inputs[0], shapes[1:]  # the first shape is that of the axis
        if not isinstance(axis, Constant) or len(parts) < 2:
            return infer_shape(op, fgraph, node, shapes)
        sizes = list(parts[0])
        joined = int(axis.data) % len(sizes)
        sizes[joined] = pt.add(*(part[joined] for part in parts))
        return [tuple(sizes)]

    return inferred


def bound_canonizers() -> None:
    """Bound PyTensor's canonizers and joined sizes; repeated calls change nothing."""
    if isinstance(local_add_canonizer, BoundedCanonizer):
        return
    for canonizer in (local_add_canonizer, local_mul_canonizer):
        canonizer.__class__ = BoundedCanonizer
    rewrites.parse_mul_tree = bounded_tree(rewrites.parse_mul_tree)
    Join.infer_shape = infer_shape_of_known_axis(Join.infer_shape)
