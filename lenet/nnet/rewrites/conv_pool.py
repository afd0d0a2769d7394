"""Convolution, pooling, bias and rectifier, and their gradients, become fused Ops.

A chain of nodes is fused a link after the other, each by a rewrite of its own: what is missing from
the chain, or excluded, stays as it is. A link is only fused if nobody else reads what would no longer
be calculated, and if the gradient that flows back through it can be fused with it.
"""

from dataclasses import replace
from math import prod

import pytensor.tensor as pt
from pytensor.compile.mode import optdb
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import dfs_rewriter, node_rewriter
from pytensor.graph.rewriting.db import SequenceDB
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.math import Sum

from lenet.nnet.conv_ops import Conv, ConvGradInputs, ConvGradWeights
from lenet.nnet.conv_pool import (
    LARGEST_WINDOW,
    ConvPool,
    ConvPoolGradInputs,
    ConvPoolGradWeights,
    FusedShape,
)
from lenet.nnet.geometry import resolve_pads
from lenet.nnet.pool_ops import MaxPoolGrad, Pool
from lenet.nnet.relu_ops import relu_grad_op, relu_op
from lenet.nnet.rewrites.average_pool import AVERAGE_OF_FILTERS, is_side_by_side
from lenet.nnet.rewrites.matching import TAGS, biased, clients, is_bias_gradient
from lenet.nnet.rewrites.relu import relu_operands

NAME = "lenet_fused_convolution"
# Longer rows of a filter leave too few registers for sums.
LONGEST_FILTER_ROW = 16
Replacements = dict[Variable, Variable]


def fused_shape(node: Apply) -> FusedShape | None:
    """Return the shape of a convolution that the fused kernels can do, and None for another."""
    op, (image, filters) = node.op, node.inputs
    known = (*image.type.shape[1:], *filters.type.shape)
    if None in known or op.spatial != 2 or filters.type.shape[3] > LONGEST_FILTER_ROW:
        return None
    if (*op.subsample, *op.filter_dilation, op.num_groups) != (1, 1, 1, 1, 1):
        return None
    pads = resolve_pads(op.border_mode, filters.type.shape[2:], op.filter_dilation)
    return FusedShape(image.type.shape[1:], filters.type.shape, pads, op.filter_flip)


def unrectified(variable: Variable) -> tuple[FusedShape, list[Variable]] | None:
    """Return shape and inputs of what makes a variable: a convolution, fused or not, without rectifier."""
    node = variable.owner
    if node is None or variable is not node.outputs[0]:
        return None
    if isinstance(node.op, Conv):
        shape = fused_shape(node)
        return None if shape is None else (shape, node.inputs)
    if isinstance(node.op, ConvPool) and node.op.shape.slope_at_zero is None:
        return node.op.shape, node.inputs
    return None


def fuse_gradient(
    fgraph: FunctionGraph,
    shape: FusedShape,
    inputs: list[Variable],
    winners: Variable,
    old: Variable,
    gradient: Variable,
) -> Replacements | None:
    """Return what takes the place of everything that is calculated from a gradient.

    Parameters
    ----------
    fgraph : FunctionGraph
    shape : FusedShape
    inputs : list of Variable
        Images and filters.
    winners : Variable
        Of the fused convolution.
    old : Variable
        Gradient with respect to the output of the convolution, or of the shorter chain.
    gradient : Variable
        Gradient with respect to the output of the fused convolution.

    Returns
    -------
    dict or None
        None if the old gradient is used for something else.
    """
    image, filters = inputs[:2]
    weights, biases = ConvPoolGradWeights(shape)(image, winners, gradient)
    new: Replacements = {}
    for node in clients(fgraph, old):
        reads = node.inputs
        match node.op:
            case ConvGradWeights() if reads[:2] == [image, old]:
                new[node.outputs[0]] = weights
            case ConvPoolGradWeights() if reads[0] is image and reads[2] is old:
                new |= dict(zip(node.outputs, (weights, biases), strict=True))
            case ConvGradInputs() if reads[:2] == [filters, old]:
                new[node.outputs[0]] = ConvPoolGradInputs(shape)(filters, winners, gradient)
            case ConvPoolGradInputs() if reads[0] is filters and reads[2] is old:
                new[node.outputs[0]] = ConvPoolGradInputs(shape)(filters, winners, gradient)
            case Sum() if is_bias_gradient(node):
                new[node.outputs[0]] = biases
            case _:
                return None
    fits = all(old.type.is_super(new.type) for old, new in new.items())
    return new if fits else None


@node_rewriter([Pool])
def relu_after_max_pool(fgraph: FunctionGraph, node: Apply) -> Replacements | None:
    """Rectify after pooling, where there is less to rectify: the maximum is the same."""
    (values,), (pooled,) = node.inputs, node.outputs
    if node.op.mode != "max" or not relu_operands(values):
        return None
    (x,), slope = values.owner.inputs, values.owner.op.scalar_op.slope_at_zero
    new_pooled = node.op(x)
    new: Replacements = {pooled: relu_op(slope)(new_pooled)}
    for reader in clients(fgraph, values):
        if reader is node:
            continue
        if reader.op != node.op.sibling(MaxPoolGrad) or reader.inputs[:2] != [values, pooled]:
            return None
        gradient = relu_grad_op(slope)(new_pooled, reader.inputs[2])
        for client in clients(fgraph, reader.outputs[0]):
            if client.op != relu_grad_op(slope) or client.inputs[0] is not x:
                return None
            new[client.outputs[0]] = reader.op(x, new_pooled, gradient)
    return new


@node_rewriter([Pool])
def conv_pool(fgraph: FunctionGraph, node: Apply) -> Replacements | None:
    """Fuse a convolution, and its bias if that comes first, with max-pooling."""
    (values,), (pooled,) = node.inputs, node.outputs
    if node.op.mode != "max" or values.owner is None or values.type.ndim != 4:
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
        or prod(node.op.ws) > LARGEST_WINDOW
    ):
        return None
    shape = replace(shape, window=node.op.ws, bias_first=bool(bias))
    inputs = [*convolved.owner.inputs, *bias]
    result, winners = ConvPool(shape)(*inputs)
    new: Replacements = {pooled: result}
    for reader in clients(fgraph, values):
        if reader is node:
            continue
        if reader.op != node.op.sibling(MaxPoolGrad) or reader.inputs[:2] != [values, pooled]:
            return None
        found = fuse_gradient(fgraph, shape, inputs, winners, reader.outputs[0], reader.inputs[2])
        if found is None:
            return None
        new |= found
    return new


@node_rewriter([pt.add])
def conv_bias(fgraph: FunctionGraph, node: Apply) -> Replacements | None:
    """Fuse the bias that is added to a convolution, pooled or not."""
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
    result, winners = ConvPool(shape)(image, filters, bias)
    new: Replacements = {node.outputs[0]: result}
    if isinstance(values.owner.op, ConvPool):
        old_winners = values.owner.outputs[1]
        new[old_winners] = winners
        for reader in clients(fgraph, old_winners):
            if isinstance(reader.op, ConvPoolGradWeights):
                for summing in filter(is_bias_gradient, clients(fgraph, reader.inputs[2])):
                    new[summing.outputs[0]] = reader.outputs[1]
    return new


@node_rewriter([Elemwise])
def conv_relu(fgraph: FunctionGraph, node: Apply) -> Replacements | None:
    """Fuse the rectifier of a convolution, pooled or not."""
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
    shape = replace(shape, slope_at_zero=slope)
    result, winners = ConvPool(shape)(*inputs)
    new: Replacements = {rectified: result}
    for reader in clients(fgraph, values):
        if reader is node:
            continue
        if reader.op != relu_grad_op(slope) or reader.inputs[0] is not values:
            return None
        found = fuse_gradient(fgraph, shape, inputs, winners, reader.outputs[0], reader.inputs[1])
        if found is None:
            return None
        new |= found
    return new


def register_conv_pool_rewrites() -> None:
    """Tell PyTensor of the rewrites of this file.

    All of them are registered as ``lenet_fused_convolution``, each also has a name of its own.
    """
    if NAME in optdb:
        return
    rewrites = SequenceDB()
    for name, rewriters in {
        "lenet_relu_after_max_pool": [relu_after_max_pool],
        "lenet_average_of_filters": AVERAGE_OF_FILTERS,
        "lenet_conv_pool": [conv_pool],
        "lenet_conv_bias": [conv_bias],
        "lenet_conv_relu": [conv_relu],
    }.items():
        rewrites.register(name, dfs_rewriter(*rewriters), *TAGS)
    # After rectifiers are recognised, before shapes are inferred.
    optdb.register(NAME, rewrites, *TAGS, position=0.04)
