"""Fusion of convolution, pooling, bias and rectifier, and of their gradients.

A chain of nodes is fused link by link, each link by its own rewrite: a link that is missing or excluded
stays as it is. A link is fused only if no other node reads a result that would no longer be computed,
and if the gradient that flows back through the link can be fused with it.
"""

from dataclasses import replace
from math import prod

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.op import Op
from pytensor.graph.rewriting.basic import MergeOptimizer, dfs_rewriter, node_rewriter
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.math import Sum

from lenet.nnet.ops.conv import Conv, ConvGradInputs, ConvGradWeights
from lenet.nnet.ops.fused_conv import (
    MAX_ELEMENTS,
    MAX_WINDOW,
    FusedConv,
    FusedConvGradInputs,
    FusedConvGradWeights,
    FusedShape,
)
from lenet.nnet.ops.pool import MaxPoolGrad, Pool
from lenet.nnet.ops.relu import relu_grad_op, relu_op
from lenet.nnet.rewrites.average_pool import AVERAGE_OF_FILTERS, is_side_by_side
from lenet.nnet.rewrites.matching import (
    biased,
    clients,
    in_place_of_sum,
    register_kernels,
    sums_over_positions,
)
from lenet.nnet.rewrites.relu import relu_operands
from lenet.nnet.rewrites.static_conv_grad_inputs import static_conv_grad_inputs
from lenet.nnet.rewrites.static_conv_grad_weights import static_conv_grad_weights

NAME = "lenet_fused_convolution"
# Longer filter rows leave too few registers for sums.
MAX_FILTER_ROW = 16
# Columns of the image that a dilated row spans: the loop over them is unrolled, with code for each.
MAX_REACH = 512
# Groups of fewer maps are left to the kernel for depthwise convolutions.
MIN_MAPS = 4
# In pixels: the kernels keep lists of a plane's outputs on the stack.
MAX_PLANE = 2**18
# For more, a compiler needs tens of seconds, or gives up at its limit of 900 templates within one another; the
# kernels for any shape serve.
MAX_UNROLLED = 80
Replacements = dict[Variable, Variable]


def static_shape(node: Apply) -> FusedShape | None:
    """Return the shape of a convolution that suits a kernel for known sizes, or None."""
    op, (image, filters) = node.op, node.inputs
    known = (*image.type.shape[1:], *filters.type.shape)
    if op.spatial != 2 or None in known or 0 in known:
        return None
    if op.num_groups > 1 and known[3] // op.num_groups < MIN_MAPS:
        return None
    if known[-1] > MAX_FILTER_ROW or (known[-1] - 1) * op.filter_dilation[1] > MAX_REACH:
        return None
    if prod(known[1:3]) > MAX_PLANE:
        return None
    shape = FusedShape.plain(op, known[:3], known[3:])
    fits = prod(shape.convolved) <= MAX_PLANE and shape.elements <= MAX_ELEMENTS
    return shape if fits else None


def unrolled_groups(shape: FusedShape, dtype: str) -> int:
    """Return for how many groups of vectors a gradient has instructions of its own.

    Of AVX-512, as in `filter_group` of ``conv_pool_grad.h``: with shorter vectors, there are up to ten times as many
    groups of as many bytes in all. The compiler's time grows with it.
    """
    maps, channels, *kernel = shape.filters
    vectors = prod(kernel) * -(-channels * np.dtype(dtype).itemsize // 64)
    together = min(max(640 // maps, 1), 27)
    return -(-vectors // together)


def fused_shape(node: Apply) -> FusedShape | None:
    """Return the shape of a convolution that can be fused with other Ops, or None."""
    shape = static_shape(node) if node.op.num_groups == 1 else None
    if shape is None or unrolled_groups(shape, node.outputs[0].type.dtype) > MAX_UNROLLED:
        return None
    return shape


def unrectified(variable: Variable) -> tuple[FusedShape, list[Variable]] | None:
    """Return shape and inputs of the convolution, without rectifier, of a variable.

    The convolution may be fused. None if the variable comes from something else.
    """
    node = variable.owner
    if node is None or variable is not node.outputs[0]:
        return None
    if isinstance(node.op, Conv):
        shape = fused_shape(node)
        return None if shape is None else (shape, node.inputs)
    if isinstance(node.op, FusedConv) and node.op.shape.slope_at_zero is None:
        return node.op.shape, node.inputs
    return None


def gradient_nodes(
    fgraph: FunctionGraph, node: Apply, op: Op, known: list[Variable]
) -> list[Apply] | None:
    """Return the readers of a node's input, if all are gradients of the node.

    The node itself is left out. A gradient applies `op` and has `known` as its first inputs. None if
    anything else reads the input.
    """
    readers = [reader for reader in clients(fgraph, node.inputs[0]) if reader is not node]
    fits = all(r.op == op and r.inputs[: len(known)] == known for r in readers)
    return readers if fits else None


def fuse(
    fgraph: FunctionGraph,
    shape: FusedShape,
    inputs: list[Variable],
    output: Variable,
    backward: list[Apply],
) -> Replacements | None:
    """Return replacements for a chain's output and for what depends on its gradients.

    Parameters
    ----------
    fgraph : FunctionGraph
    shape : FusedShape
        Of the fused convolution.
    inputs : list of Variable
        Images, filters and perhaps the bias.
    output : Variable
        The output of the chain.
    backward : list of Apply
        Nodes from the gradient with respect to `output`, their last input, to that with respect to the
        output of the convolution or of the shorter chain.

    Returns
    -------
    dict or None
        None if one of the gradients is used for anything else.
    """
    image, filters = inputs[:2]
    shape = replace(shape, keeps_winners=bool(backward))
    result, *kept = FusedConv(shape)(*inputs, return_list=True)
    new: Replacements = {output: result}
    for (old,), (*_, gradient) in ((node.outputs, node.inputs) for node in backward):
        weights, biases = FusedConvGradWeights(shape)(image, *kept, gradient)
        images = FusedConvGradInputs(shape)(filters, *kept, gradient)
        for node in clients(fgraph, old):
            reads = node.inputs
            match node.op:
                case ConvGradWeights() if reads[:2] == [image, old]:
                    new[node.outputs[0]] = weights
                case FusedConvGradWeights() if reads[0] is image and reads[2] is old:
                    new |= dict(zip(node.outputs, (weights, biases), strict=True))
                case ConvGradInputs() if reads[:2] == [filters, old]:
                    new[node.outputs[0]] = images
                case FusedConvGradInputs() if reads[0] is filters and reads[2] is old:
                    new[node.outputs[0]] = images
                case Sum() if sums_over_positions(node):
                    new[node.outputs[0]] = in_place_of_sum(node, biases)
                case _:
                    return None
    return new if all(old.type.is_super(new.type) for old, new in new.items()) else None


@node_rewriter([Pool])
def relu_after_max_pool(fgraph: FunctionGraph, node: Apply) -> Replacements | None:
    """Move a rectifier behind max-pooling, where fewer elements remain.

    The maximum is the same.
    """
    (values,), (pooled,) = node.inputs, node.outputs
    if not node.op.is_maximum or not relu_operands(values):
        return None
    (x,), slope = values.owner.inputs, values.owner.op.scalar_op.slope_at_zero
    if node.op.mode == "max_first" and slope:
        return None  # the first of the zeros may have been negative, which has no slope
    readers = gradient_nodes(fgraph, node, node.op.sibling(MaxPoolGrad), [values, pooled])
    if readers is None:
        return None
    new_pooled = node.op(x)
    new: Replacements = {pooled: relu_op(slope)(new_pooled)}
    for reader in readers:
        gradient = relu_grad_op(slope)(new_pooled, reader.inputs[2])
        for client in clients(fgraph, reader.outputs[0]):
            if client.op != relu_grad_op(slope) or client.inputs[0] is not x:
                return None
            new[client.outputs[0]] = reader.op(x, new_pooled, gradient)
    return new


@node_rewriter([Pool])
def conv_pool(fgraph: FunctionGraph, node: Apply) -> Replacements | None:
    """Fuse a convolution, and a bias before the pooling, with max-pooling."""
    (values,), (pooled,) = node.inputs, node.outputs
    if not node.op.is_maximum or values.owner is None or values.type.ndim != 4:
        return None
    convolved, *bias = biased(values) or (values,)
    if bias and clients(fgraph, convolved) != [values.owner]:
        return None
    if convolved.owner is None or not isinstance(convolved.owner.op, Conv):
        return None
    shape = fused_shape(convolved.owner)
    if (
        shape is None
        or not is_side_by_side(node.op, shape.convolved)
        or prod(node.op.ws) > MAX_WINDOW
    ):
        return None
    readers = gradient_nodes(fgraph, node, node.op.sibling(MaxPoolGrad), [values, pooled])
    if readers is None:
        return None
    first_winner = node.op.mode == "max_first"
    shape = replace(shape, window=node.op.ws, bias_first=bool(bias), first_winner=first_winner)
    return fuse(fgraph, shape, [*convolved.owner.inputs, *bias], pooled, readers)


@node_rewriter([pt.add])
def conv_bias(fgraph: FunctionGraph, node: Apply) -> Replacements | None:
    """Fuse a convolution, pooled or not, with the bias added to it."""
    match biased(node.outputs[0]):
        case [values, bias] if clients(fgraph, values) == [node]:
            pass
        case _:
            return None
    match unrectified(values):
        case [shape, [image, filters]]:
            pass
        case _:
            return None
    outputs = FusedConv(shape)(image, filters, bias, return_list=True)
    new: Replacements = {node.outputs[0]: outputs[0]}
    for old_winners in values.owner.outputs[1:]:
        new[old_winners] = outputs[1]
        for reader in clients(fgraph, old_winners):
            if isinstance(reader.op, FusedConvGradWeights):
                for summing in filter(sums_over_positions, clients(fgraph, reader.inputs[2])):
                    new[summing.outputs[0]] = in_place_of_sum(summing, reader.outputs[1])
    return new


@node_rewriter([Elemwise])
def conv_relu(fgraph: FunctionGraph, node: Apply) -> Replacements | None:
    """Fuse a convolution, pooled or not, with its rectifier."""
    (rectified,) = node.outputs
    if not relu_operands(rectified):
        return None
    (values,) = node.inputs
    match unrectified(values):
        case [shape, inputs]:
            pass
        case _:
            return None
    slope = node.op.scalar_op.slope_at_zero
    readers = gradient_nodes(fgraph, node, relu_grad_op(slope), [values])
    if readers is None:
        return None
    return fuse(fgraph, replace(shape, slope_at_zero=slope), inputs, rectified, readers)


@node_rewriter([Conv])
def static_conv(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace a convolution that was not fused by the kernel for its known sizes."""
    shape = static_shape(node)
    return None if shape is None else FusedConv(shape)(*node.inputs, return_list=True)


def register_conv_pool_rewrites() -> None:
    """Register the rewrites of this module.

    All of them together are ``lenet_fused_convolution``; each also has a name of its own.
    """
    rewriters = {
        "lenet_relu_after_max_pool": dfs_rewriter(relu_after_max_pool),
        "lenet_average_of_filters": dfs_rewriter(*AVERAGE_OF_FILTERS),
        # Forward and backward pass average the same filters.
        "lenet_merge_averages": MergeOptimizer(),
        "lenet_conv_pool": dfs_rewriter(conv_pool),
        "lenet_conv_bias": dfs_rewriter(conv_bias),
        "lenet_conv_relu": dfs_rewriter(conv_relu),
        "lenet_static_conv": dfs_rewriter(
            static_conv, static_conv_grad_inputs, static_conv_grad_weights
        ),
    }
    # After rectifiers have been recognised, before shapes are inferred.
    register_kernels(NAME, rewriters, position=0.04, can_be_shared=True)
