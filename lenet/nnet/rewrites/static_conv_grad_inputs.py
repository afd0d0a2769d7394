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
# Lanes of a vector of channels, which are empty where there are fewer.
LANES = 16


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
    shape = FusedShape.plain(op, image, filters.type.shape)
    if shape.elements > MAX_ELEMENTS or is_faster_in_any_size(
        shape, math.prod(gradient.type.shape[2:])
    ):
        return None
    return shape


def is_faster_in_any_size(shape: FusedShape, positions: int) -> bool:
    """Return whether, of few channels, the kernel for any size takes less time.

    Vectors of channels would be empty for the most part. Those of columns are not, but meet zeros where there are
    more pixels than `positions` in an output; a product of all taps, added in runs (`conv_columns.h`), meets none. What
    each costs is measured, with AVX-512, as a multiple of a map's products of full vectors.
    """
    maps, channels, *kernel = shape.filters
    if 2 * channels > LANES or math.prod(kernel) == 1:
        return False
    if shape.stride == (1, 1) and shape.image[2] >= LANES:
        return True
    all_taps = 1.1 * (maps + 30)  # as `cost_by_columns` has it: adding is like 30 more maps
    vectors_of_channels = maps * LANES / channels
    vectors_of_columns = maps * math.prod(shape.image[1:]) / positions
    return 1.1 * all_taps < vectors_of_channels and all_taps < vectors_of_columns


@node_rewriter([ConvGradInputs])
def static_conv_grad_inputs(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace the input gradient by the kernel for its known sizes."""
    shape = static_shape(node)
    return None if shape is None else [StaticConvGradInputs(shape)(*node.inputs[:2])]
