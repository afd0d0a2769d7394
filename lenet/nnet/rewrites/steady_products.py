"""Products that leave a loop only where all steps' have one size.

PyTensor takes a sum of products, ``total + dot(a, b)`` for each step, out of a loop: the steps' factors are kept, and
multiplied once. It does not ask whether all factors have one shape. Where steps look at slices of growing length, as
attention over what was read so far does, the gradient of weights is such a sum, and the second step's factor does not
fit where the first step's was put. docs/upstream.md has an example.
"""

from collections.abc import Sequence
from typing import Any

from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import node_rewriter
from pytensor.graph.traversal import ancestors, toposort
from pytensor.scalar import Add
from pytensor.scan.op import Scan
from pytensor.scan.rewriting.db import scan_seqopt1
from pytensor.scan.rewriting.push_out import scan_push_out_add
from pytensor.tensor.elemwise import CAReduce, DimShuffle, Elemwise
from pytensor.tensor.math import Dot
from pytensor.tensor.rewriting.shape import ShapeFeature
from pytensor.tensor.shape import Shape, Shape_i, shape_i
from pytensor.tensor.subtensor import IncSubtensor, Subtensor

NAME = "scan_push_out_add"

# The shapes of what they return follow from the shapes of what they are given.
SHAPES_FROM_SHAPES = (Elemwise, DimShuffle, Dot, CAReduce, IncSubtensor)


@node_rewriter([Scan])
def push_out_steady_products(fgraph: Any, node: Apply) -> Any:
    """Apply PyTensor's rewrite where each product's common size is steady."""
    inputs = [*node.op.inner_inputs]
    changing = set(inputs) - set(node.op.inner_non_seqs(inputs))
    if not are_steady(summed_products(node.op.fgraph), inputs, changing):
        return False
    return scan_push_out_add.transform(fgraph, node)


def summed_products(inner: Any) -> list[Variable]:
    """Return the terms of sums in a step that are products of unknown sizes."""
    sums = (
        node
        for node in inner.apply_nodes
        if isinstance(node.op, Elemwise) and isinstance(node.op.scalar_op, Add)
    )
    return [
        term
        for node in sums
        for term in node.inputs
        if term.owner
        and isinstance(term.owner.op, Dot)
        and term.owner.inputs[0].type.shape[-1] is None
    ]


def are_steady(
    products: Sequence[Variable], inputs: Sequence[Variable], changing: set[Variable]
) -> bool:
    """Return whether factors' common sizes are known to be those of every step.

    Parameters
    ----------
    products : sequence of Variable
        Products of two matrices.
    inputs : sequence of Variable
        Inputs of a step, of the same shapes at each.
    changing : set of Variable
        Those of them that have other values at each step.
    """
    factors = [factor for product in products for factor in product.owner.inputs]
    if all(is_of_given_shapes(variable.owner) for variable in ancestors(factors)):
        return True
    sizes = Sizes(inputs)
    waiting = [sizes.of(product.owner.inputs[0])[-1] for product in products]
    seen = set()
    while waiting:
        variable = waiting.pop()
        if variable in changing:
            return False
        node = variable.owner
        if node is None or variable in seen:
            continue
        seen.add(variable)
        waiting += sizes.below(node) if isinstance(node.op, Shape | Shape_i) else node.inputs
    return True


class Sizes:
    """Sizes of a step's arrays, as far as they follow from those of its inputs.

    Parameters
    ----------
    inputs : sequence of Variable
        Inputs of the step.
    """

    def __init__(self, inputs: Sequence[Variable]) -> None:
        self.feature = ShapeFeature()
        graph = FunctionGraph([], [], features=[self.feature])
        for variable in inputs:
            if (ndim := getattr(variable.type, "ndim", None)) is None:
                continue
            sizes = tuple(shape_i(variable, axis) for axis in range(ndim))
            for size in sizes:
                if size.owner is not None:
                    graph.import_node(size.owner, import_missing=True)
            self.feature.set_shape(variable, sizes, override=True)

    def of(self, variable: Variable) -> Sequence[Variable]:
        """Return the sizes of an array."""
        known = self.feature.shape_of
        if variable not in known:
            for node in toposort([variable], blockers=known):
                self.feature.on_import(None, node, reason="sizes")
            self.feature.init_r(variable)  # if nothing computes it
        return known[variable] or ()

    def below(self, node: Apply) -> Sequence[Variable]:
        """Return what a size depends on.

        An input's depends on nothing, a result's on other sizes, or else on its value.
        """
        (array,) = node.inputs
        if array.owner is None:
            return []
        sizes = self.of(array)
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
