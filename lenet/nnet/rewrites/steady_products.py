"""Products that leave a loop only where all steps' have one size.

PyTensor takes a sum of products, ``total + dot(a, b)`` for each step, out of a loop: the steps' factors are kept, and
multiplied once. It does not ask whether all factors have one shape. Where steps look at slices of growing length, as
attention over what was read so far does, the gradient of weights is such a sum, and the second step's factor does not
fit where the first step's was put. docs/upstream.md has an example.
"""

from collections.abc import Sequence
from typing import Any

from pytensor.compile.builders import infer_shape
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.rewriting.basic import node_rewriter
from pytensor.graph.traversal import ancestors
from pytensor.scalar import Add
from pytensor.scan.op import Scan
from pytensor.scan.rewriting.db import scan_seqopt1
from pytensor.scan.rewriting.push_out import scan_push_out_add
from pytensor.tensor.elemwise import CAReduce, DimShuffle, Elemwise
from pytensor.tensor.math import Dot
from pytensor.tensor.shape import Shape, Shape_i, shape_i
from pytensor.tensor.subtensor import IncSubtensor, Subtensor

NAME = "scan_push_out_add"

# The shapes of what they return follow from the shapes of what they are given.
SHAPES_FROM_SHAPES = (Elemwise, DimShuffle, Dot, CAReduce, IncSubtensor)


@node_rewriter([Scan])
def push_out_steady_products(fgraph: Any, node: Apply) -> Any:
    """Apply PyTensor's rewrite where each product's common size is steady."""
    inner = node.op.fgraph
    values = [*node.op.inner_inputs]
    changing = set(values) - set(node.op.inner_non_seqs(values))
    if not all(
        is_steady(product.owner.inputs, values, changing) for product in summed_products(inner)
    ):
        return False
    return scan_push_out_add.transform(fgraph, node)


def summed_products(inner: Any) -> list[Variable]:
    """Return the products in a step that are terms of a sum."""
    sums = (
        node
        for node in inner.apply_nodes
        if isinstance(node.op, Elemwise) and isinstance(node.op.scalar_op, Add)
    )
    return [
        term
        for node in sums
        for term in node.inputs
        if term.owner and isinstance(term.owner.op, Dot)
    ]


def is_steady(
    factors: Sequence[Variable], inputs: Sequence[Variable], changing: set[Variable]
) -> bool:
    """Return whether two matrices' common size is known to be that of every step.

    Parameters
    ----------
    factors : sequence of two Variable
        Matrices of a product.
    inputs : sequence of Variable
        Inputs of a step, of the same shapes at each.
    changing : set of Variable
        Those of them that have other values at each step.
    """
    if all(is_of_given_shapes(variable.owner) for variable in ancestors(factors)):
        return True
    shapes = [sizes_of_input(each) for each in inputs]
    waiting = [infer_shape(factors[:1], inputs, shapes)[0][-1]]
    seen = set()
    while waiting:
        variable = waiting.pop()
        if variable in changing:
            return False
        node = variable.owner
        if node is None or variable in seen:
            continue
        seen.add(variable)
        waiting += (
            sized(node, inputs, shapes) if isinstance(node.op, Shape | Shape_i) else node.inputs
        )
    return True


def sizes_of_input(variable: Variable) -> tuple[Variable, ...] | None:
    """Return the sizes of an input of a step, nothing for what is no array."""
    ndim = getattr(variable.type, "ndim", None)
    return None if ndim is None else tuple(shape_i(variable, axis) for axis in range(ndim))


def sized(node: Apply, inputs: Sequence[Variable], shapes: Sequence[Any]) -> list[Variable]:
    """Return what a size depends on.

    An input's depends on nothing, a result's on other sizes, or else on its value.
    """
    (array,) = node.inputs
    if array.owner is None:
        return []
    (sizes,) = infer_shape([array], inputs, shapes)
    if isinstance(node.op, Shape_i):
        sizes = [sizes[node.op.i]]
    is_unknown = any(size.owner and size.owner.inputs[:1] == [array] for size in sizes)
    return [array] if is_unknown else [*sizes]


def is_of_given_shapes(node: Apply | None) -> bool:
    """Return whether shapes of results follow from shapes of inputs alone."""
    if node is None or isinstance(node.op, SHAPES_FROM_SHAPES):
        return True
    return isinstance(node.op, Subtensor) and len(node.inputs) == 1


def keep_unsteady_products() -> None:
    """Let PyTensor leave products of changing sizes in loops, once."""
    scan_seqopt1[NAME].node_rewriter = push_out_steady_products
