"""Channels last: transposes around our Ops meet and vanish.

Our Ops take channels first. A graph with channels last has a transpose before each convolution or pooling and another one behind it. Those behind
are moved on through whatever treats all elements alike, up to the next transpose, which undoes them.
"""

from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import MergeOptimizer, in2out, node_rewriter
from pytensor.tensor.elemwise import CAReduce, DimShuffle, Elemwise

from lenet.nnet.rewrites.matching import register_kernels

NAME = "lenet_channels_last"
# Before rectifiers are recognised and convolutions fused.
POSITION = 0.01


def to_channels_last(values: Variable) -> Variable:
    """Move the axis of channels from the second place to the last."""
    return values.dimshuffle(last_order(values.type.ndim))


def to_channels_first(values: Variable) -> Variable:
    """Move the axis of channels from the last place to the second.

    Of a transpose, the result is one transpose of what it is of, or that itself; what is the same for all channels
    and places stays as it is.
    """
    if all(values.type.broadcastable[1:]):
        return values
    order = first_order(values.type.ndim)
    node = values.owner
    if node is not None and isinstance(node.op, DimShuffle):
        (source,), before = node.inputs, node.op.new_order
        order = tuple(before[axis] for axis in order)
        if order == tuple(range(source.type.ndim)):
            return source
        return source.dimshuffle(order)
    return values.dimshuffle(order)


def last_order(ndim: int) -> tuple[int, ...]:
    """Return the order of axes that puts the second one last."""
    return (0, *range(2, ndim), 1)


def first_order(ndim: int) -> tuple[int, ...]:
    """Return the order of axes that puts the last one second."""
    return (0, ndim - 1, *range(1, ndim - 1))


def channels_first_source(values: Variable) -> Variable | None:
    """Return what a variable is, with its channels moved from second to last."""
    node = values.owner
    if node is None or not isinstance(node.op, DimShuffle):
        return None
    (source,), ndim = node.inputs, values.type.ndim
    is_moved = source.type.ndim == ndim > 2 and node.op.new_order == last_order(ndim)
    return source if is_moved else None


@node_rewriter([Elemwise])
def elementwise_with_channels_first(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Apply an Op to elements before the channels are moved to the last axis."""
    if all(channels_first_source(each) is None for each in node.inputs):
        return None
    inputs = [to_channels_first(each) for each in node.inputs]
    if any(channels_first_source(each) is not None for each in inputs):
        # Of ``x + x.dimshuffle(0, 2, 1)``, one term or the other would be moved, for ever.
        return None
    return [to_channels_last(each) for each in node.op.make_node(*inputs).outputs]


@node_rewriter([CAReduce])
def reduction_with_channels_first(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Sum, or reduce otherwise, before the channels are moved to the last axis."""
    source = channels_first_source(node.inputs[0])
    order, axes = last_order(node.inputs[0].type.ndim), node.op.axis
    if source is None or (axes is not None and len(axes) < source.type.ndim - 1):
        return None  # the order of the axes that remain would be another one
    if axes is None:
        return [node.op(source)]
    return [node.op.clone(axis=tuple(sorted(order[axis] for axis in axes)))(source)]


@node_rewriter([DimShuffle])
def one_transpose(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Undo a move of the channels to the last axis, or do both moves at once."""
    source = channels_first_source(node.inputs[0])
    if source is None:
        return None
    before = last_order(source.type.ndim)
    order = ["x" if axis == "x" else before[axis] for axis in node.op.new_order]
    return [source if order == list(range(source.type.ndim)) else source.dimshuffle(order)]


def register_channels_last_rewrites() -> None:
    """Register the rewrites of this module as ``lenet_channels_last``."""
    steps = {
        # Transposes of the same, for a network and for its gradient, are to be one.
        "lenet_merge_transposes": MergeOptimizer(),
        "lenet_move_channels": in2out(
            elementwise_with_channels_first, reduction_with_channels_first, one_transpose
        ),
        "lenet_merge_channels_first": MergeOptimizer(),
    }
    register_kernels(NAME, steps, position=POSITION, can_be_shared=True)
