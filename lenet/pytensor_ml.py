"""Layers of pytensor-ml on our kernels, after ``import lenet.pytensor_ml``.

Its convolutions and poolings have channels last, and gather or visit their windows one by one. Rewrites replace them by
the Ops of `lenet.nnet` with transposes around them, which meet and vanish (`lenet.nnet.rewrites.channels_last`), so
that a network of its layers is fused as one of ours. Its normalisations and dense layers, a graph each in one Op, are
laid open to the same rewrites. Results are the same but for rounding, also of which of several equal elements gets
the gradient of a maximum: the first.

They run for C, Numba and, on CPUs, JAX; elsewhere pytensor-ml's own dispatch stays, as it does everywhere with
``mode.excluding("lenet_pytensor_ml")``.
"""

import pytensor
from pytensor.compile.builders import OpFromGraph
from pytensor.compile.rewriting import inline_ofg_node
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import in2out, node_rewriter
from pytensor_ml.layers.conv import ConvLayer, ConvLayerGrad, PoolLayer, PoolLayerGrad
from pytensor_ml.layers.linear import LinearLayer
from pytensor_ml.layers.norm import (
    BatchNormLayer,
    GroupNormLayer,
    LayerNormLayer,
    NoRunningStatsBatchNormLayer,
    PredictionBatchNormLayer,
    RMSNormLayer,
)

from lenet.nnet import conv2d, conv3d
from lenet.nnet.ops.pool import Pool
from lenet.nnet.rewrites.channels_last import POSITION, to_channels_first, to_channels_last
from lenet.nnet.rewrites.matching import register_kernels

__all__ = ["register"]

NAME = "lenet_pytensor_ml"
FLOATS = ("float32", "float64")
REDUCTIONS = {"max": "max_first", "mean": "average_inc_pad"}
GRAPHS = (
    *(BatchNormLayer, NoRunningStatsBatchNormLayer, PredictionBatchNormLayer),
    *(GroupNormLayer, LayerNormLayer, LinearLayer, RMSNormLayer),
)


def images_of(values: Variable) -> Variable:
    """Return images or sequences, channels last, as images with channels first.

    A sequence, shape (batch, length, channels), is an image of one row.
    """
    return values.dimshuffle(0, 2, "x", 1) if values.type.ndim == 3 else to_channels_first(values)


def layer_of(images: Variable, ndim: int) -> Variable:
    """Return images with channels first as images or sequences, channels last."""
    return images.dimshuffle(0, 3, 1) if ndim == 3 else to_channels_last(images)


def filters_of(weights: Variable) -> Variable:
    """Return filters with channels last as those with channels first.

    Shape (*kernel, channels, maps) becomes (maps, channels, *kernel). Those of sequences have one row.
    """
    ndim = weights.type.ndim
    rows = ["x"] if ndim == 3 else []
    return weights.dimshuffle(ndim - 1, ndim - 2, *rows, *range(ndim - 2))


def weights_of(filters: Variable, ndim: int) -> Variable:
    """Return filters as the weights that `filters_of` takes."""
    return filters.dimshuffle(*range(filters.type.ndim - ndim + 2, filters.type.ndim), 1, 0)


def for_rows(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """Return one number for each spatial axis of `images_of`."""
    return numbers if len(numbers) > 1 else (1, *numbers)


def is_ours(node: Apply) -> bool:
    """Return whether our Ops have the type and the number of axes."""
    return all(
        i.type.dtype == node.inputs[0].type.dtype and i.type.dtype in FLOATS for i in node.inputs
    ) and (3 <= node.inputs[0].type.ndim <= 5)


def convolved(op: ConvLayer | ConvLayerGrad, images: Variable, filters: Variable) -> Variable:
    """Return the convolution of a layer, by our Op."""
    convolve = conv3d if images.type.ndim == 5 else conv2d
    return convolve(
        images,
        filters,
        subsample=for_rows(op.stride),
        filter_dilation=for_rows(op.dilation),
        filter_flip=False,
    )


def as_before(node: Apply, new: list[Variable]) -> list[Variable]:
    """Return new outputs of the types that those of a node have."""
    return [old.type.filter_variable(each) for old, each in zip(node.outputs, new, strict=True)]


@node_rewriter([ConvLayer])
def conv(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace a convolution."""
    if not is_ours(node):
        return None
    values, weights, *bias = node.inputs
    result = convolved(node.op, images_of(values), filters_of(weights))
    for each in bias:
        result = result + each.dimshuffle("x", 0, *("x",) * (result.type.ndim - 2))
    return as_before(node, [layer_of(result, values.type.ndim)])


@node_rewriter([ConvLayerGrad])
def conv_gradients(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace the gradients of a convolution."""
    if not is_ours(node):
        return None
    values, weights, gradient = node.inputs
    images, filters, ndim = images_of(values), filters_of(weights), values.type.ndim
    of_images, of_filters = pytensor.grad(
        None,
        [images, filters],
        known_grads={convolved(node.op, images, filters): images_of(gradient)},
    )
    wanted = []
    if node.op.compute_dX:
        wanted.append(layer_of(of_images, ndim))
    if node.op.compute_dW:
        wanted.append(weights_of(of_filters, ndim))
    return as_before(node, wanted)


def pooled(op: PoolLayer | PoolLayerGrad, images: Variable) -> Variable:
    """Return the pooling of a layer, by our Op."""
    return Pool(for_rows(op.kernel_size), True, for_rows(op.stride), 0, REDUCTIONS[op.reduction])(
        images
    )


def can_pool(node: Apply) -> bool:
    """Return whether our Op has the windows of a pooling, too."""
    return is_ours(node) and set(node.op.dilation) == {1}


@node_rewriter([PoolLayer])
def pool(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace a pooling."""
    if not can_pool(node):
        return None
    (values,) = node.inputs
    return as_before(node, [layer_of(pooled(node.op, images_of(values)), values.type.ndim)])


@node_rewriter([PoolLayerGrad])
def pool_gradient(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace the gradient of a pooling."""
    if not can_pool(node):
        return None
    values, gradient = node.inputs
    images = images_of(values)
    result = pytensor.grad(None, images, known_grads={pooled(node.op, images): images_of(gradient)})
    return as_before(node, [layer_of(result, values.type.ndim)])


@node_rewriter([OpFromGraph])
def inner_graph(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Lay open the graph of a normalisation or a dense layer, or of a gradient."""
    is_gradient = type(node.op) is OpFromGraph
    return inline_ofg_node(node) if is_gradient or isinstance(node.op, GRAPHS) else None


def register() -> None:
    """Register the rewrites of this module; repeated calls change nothing."""
    steps = in2out(inner_graph, conv, conv_gradients, pool, pool_gradient, name=NAME)
    register_kernels(NAME, steps, position=POSITION - 0.001, can_be_shared=True)


register()
