"""Rewrite of an unfused filter gradient to the kernel for known sizes."""

from math import prod

from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import node_rewriter
from pytensor.graph.traversal import variable_depends_on

from lenet.nnet.ops.conv import ConvGradWeights
from lenet.nnet.ops.fused_conv import MAX_ELEMENTS, FusedShape
from lenet.nnet.ops.static_conv_grad_weights import StaticConvGradWeights
from lenet.nnet.rewrites.matching import clients, in_place_of_sum, sums_over_positions

# The kernel has separate instructions for every tap of a channel.
MAX_TAPS = 256


def static_shape(node: Apply) -> FusedShape | None:
    """Return the shape of the convolution of a filter gradient, or None if unsuitable."""
    op, image = node.op, node.inputs[0]
    known, filters = image.type.shape[1:], node.outputs[0].type.shape
    if op.spatial != 2 or None in (*known, *filters) or 0 in (*known, *filters):
        return None
    shape = FusedShape.plain(op, known, filters)
    return shape if prod(filters[2:]) <= MAX_TAPS and shape.elements <= MAX_ELEMENTS else None


@node_rewriter([ConvGradWeights])
def static_conv_grad_weights(fgraph: FunctionGraph, node: Apply) -> dict[Variable, Variable] | None:
    """Replace the filter gradient, and compute the bias gradient along with it.

    The bias gradient is the sum of the same output gradient over all positions.
    """
    shape, (image, gradient) = static_shape(node), node.inputs[:2]
    if shape is None:
        return None
    summing = [
        reader
        for reader in clients(fgraph, gradient)
        if sums_over_positions(reader) and reader.outputs[0].type.dtype == gradient.type.dtype
    ]
    # If the images depend on the sums, as in a second derivative, one node would depend on itself.
    if variable_depends_on(image, [reader.outputs[0] for reader in summing]):
        summing = []
    weights, *biases = StaticConvGradWeights(shape, bool(summing))(
        image, gradient, return_list=True
    )
    new = {node.outputs[0]: weights}
    new |= {reader.outputs[0]: in_place_of_sum(reader, *biases) for reader in summing}
    return new if all(old.type.is_super(new.type) for old, new in new.items()) else None
