"""Rewrite of a convolution's input gradient to the kernel for known sizes."""

import math

from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import node_rewriter

from lenet.nnet.ops.conv import ConvGradInputs
from lenet.nnet.ops.fused_conv import MAX_ELEMENTS, FusedShape
from lenet.nnet.ops.static_conv_grad_inputs import StaticConvGradInputs

# Wider filters, with or without dilation, would need too many kinds of tiles.
MAX_FILTER_ROW = 16
FARTHEST_COLUMNS = 32
MAX_STRIDE = 8
# Of few channels, more pixels for each position of the output are mostly zeros to this kernel.
FEW_CHANNELS, MAX_WASTE = 8, 2


def static_shape(node: Apply) -> FusedShape | None:
    """Return the shape of the convolution of an input gradient, or None if unsuitable."""
    filters, gradient, *_ = node.inputs
    op, image, kernel = node.op, node.outputs[0].type.shape[1:], filters.type.shape[2:]
    known = (*image, *filters.type.shape, *gradient.type.shape[1:])
    if op.spatial != 2 or None in known or 0 in known:
        return None
    if kernel[1] > MAX_FILTER_ROW or op.subsample[1] > MAX_STRIDE:
        return None
    if (kernel[1] - 1) * op.filter_dilation[1] > FARTHEST_COLUMNS:
        return None
    pixels, positions = math.prod(image[1:]), math.prod(gradient.type.shape[2:])
    if filters.type.shape[1] <= FEW_CHANNELS and pixels > MAX_WASTE * positions * math.prod(
        op.subsample
    ):
        return None
    shape = FusedShape.plain(op, image, filters.type.shape)
    return shape if shape.elements <= MAX_ELEMENTS else None


@node_rewriter([ConvGradInputs])
def static_conv_grad_inputs(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace the input gradient by the kernel for its known sizes."""
    shape = static_shape(node)
    return None if shape is None else [StaticConvGradInputs(shape)(*node.inputs[:2])]
